/** Hosts in network namespaces, made and removed by the demo or test that uses them. */
@NullMarked
package io.meshd.daemon.lab;

import org.jspecify.annotations.NullMarked;
