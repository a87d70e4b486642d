/**
 * What {@code meshd doctor} looks at: one class for each field, each check a statement about this host or the mesh with its
 * cure. Looks, and changes nothing.
 */
@NullMarked
package io.meshd.daemon.doctor;

import org.jspecify.annotations.NullMarked;
