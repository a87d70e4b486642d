/** The program as its operators use it: daemons in namespaces, driven through the command line. Needs root. */
@NullMarked
package io.meshd.daemon.it;

import org.jspecify.annotations.NullMarked;
