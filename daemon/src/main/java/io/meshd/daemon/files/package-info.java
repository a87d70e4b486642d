/** What meshd keeps on disk and where: paths, atomic writes, file modes, the pid file and its lock. */
@NullMarked
package io.meshd.daemon.files;

import org.jspecify.annotations.NullMarked;
