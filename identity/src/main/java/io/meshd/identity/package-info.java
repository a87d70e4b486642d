/** Keys, trust, addresses. */
@NullMarked
package io.meshd.identity;

import org.jspecify.annotations.NullMarked;
