/** What the tests of several modules share: an outbox that remembers, properties from seeds, vectors. */
@NullMarked
package io.meshd.testing;

import org.jspecify.annotations.NullMarked;
