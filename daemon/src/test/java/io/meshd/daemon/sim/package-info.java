/**
 * Whole nodes on virtual time and a simulated network: everything follows from one seed.
 *
 * <p>Start with {@link io.meshd.daemon.sim.SimulatedNetwork}; {@link io.meshd.daemon.sim.Invariants} says what is
 * checked after every event.
 */
@NullMarked
package io.meshd.daemon.sim;

import org.jspecify.annotations.NullMarked;
