/** What simulations of whole nodes need to make membership repeat exactly. */
@NullMarked
package io.meshd.testing.discovery;

import org.jspecify.annotations.NullMarked;
