/** What a monitor reads: the node in Prometheus' words, and the port that serves it. Loaded only when it is wanted. */
@NullMarked
package io.meshd.daemon.metrics;

import org.jspecify.annotations.NullMarked;
