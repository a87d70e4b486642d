/** Hosts in network namespaces: real interfaces, real sockets, real peers, made and removed by the demo or test that uses them. */
@NullMarked
package io.meshd.daemon.lab;

import org.jspecify.annotations.NullMarked;
