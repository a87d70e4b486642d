/** The documentation as tests see it: pages, their command lines, links and tables, and the site made from them. */
@NullMarked
package io.meshd.daemon.docs;

import org.jspecify.annotations.NullMarked;
