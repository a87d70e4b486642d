/** {@code meshd demo}: a whole mesh on one machine, in network namespaces, shown step by step. */
@NullMarked
package io.meshd.daemon.demo;

import org.jspecify.annotations.NullMarked;
