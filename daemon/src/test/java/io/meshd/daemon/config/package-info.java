/** Tests of {@code io.meshd.daemon.config}. */
@NullMarked
package io.meshd.daemon.config;

import org.jspecify.annotations.NullMarked;
