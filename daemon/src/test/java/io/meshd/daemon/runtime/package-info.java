/** Tests of the running daemon's parts that need no rights. */
@org.jspecify.annotations.NullMarked
package io.meshd.daemon.runtime;
