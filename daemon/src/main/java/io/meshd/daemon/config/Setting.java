package io.meshd.daemon.config;

/**
 * One effective value, for {@code config show}.
 *
 * @param key    such as {@code node.listen_port}
 * @param value  a text, number, truth value, or list of these
 * @param origin where it comes from
 */
public record Setting(String key, Object value, Origin origin) {}
