/** Tests of the program as a whole: its architecture and its tidiness. */
@NullMarked
package io.meshd.daemon;

import org.jspecify.annotations.NullMarked;
