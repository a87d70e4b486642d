/** What the operator decides: configuration in TOML with all its errors at once, and trusted keys. */
@NullMarked
package io.meshd.daemon.config;

import org.jspecify.annotations.NullMarked;
