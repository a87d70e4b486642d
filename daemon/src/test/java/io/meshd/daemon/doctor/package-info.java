/** Tests of {@code io.meshd.daemon.doctor}. */
@NullMarked
package io.meshd.daemon.doctor;

import org.jspecify.annotations.NullMarked;
