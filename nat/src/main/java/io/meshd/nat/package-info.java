/** Candidates, probes, choice of path. */
@NullMarked
package io.meshd.nat;

import org.jspecify.annotations.NullMarked;
