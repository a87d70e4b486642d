/** Membership by SWIM, seeds, node records. */
@NullMarked
package io.meshd.discovery;

import org.jspecify.annotations.NullMarked;
