/** Every message on the wire, its reader and writer. */
@NullMarked
package io.meshd.protocol;

import org.jspecify.annotations.NullMarked;
