/** Tests of what a monitor reads. */
@NullMarked
package io.meshd.daemon.metrics;

import org.jspecify.annotations.NullMarked;
