/** Tests of the log. */
@NullMarked
package io.meshd.daemon.log;

import org.jspecify.annotations.NullMarked;
