package io.meshd.netio;

/**
 * A local address together with the interface that has it.
 *
 * @param address the address
 * @param link    its interface
 */
public record HostAddress(LocalAddress address, Link link) {
    @Override
    public String toString() {
        return address.address().getHostAddress() + "/" + address.length() + " dev " + link.name();
    }
}
