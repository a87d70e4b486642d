package io.meshd.discovery;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.stream.Stream;

/**
 * Answers the library's question for the address of the local host without hosts file or DNS.
 *
 * <p>Its start calls {@code InetAddress.getLocalHost()}, only to drop that address from a list of seeds which is empty
 * here. On a host whose name nobody can resolve (a container, a network namespace) that would fail the start, and it
 * may wait for a DNS server. So inside {@link LibraryScope} every name is the loopback address; outside, this resolver
 * is the JDK's own. Found through {@code META-INF/services}.
 */
public final class LocalNameResolver extends InetAddressResolverProvider {
    /** Called by the service loader. */
    public LocalNameResolver() {}

    @Override
    public InetAddressResolver get(Configuration configuration) {
        InetAddressResolver builtin = configuration.builtinResolver();
        return new InetAddressResolver() {
            @Override
            public Stream<InetAddress> lookupByName(String host, LookupPolicy policy) throws UnknownHostException {
                if (!LibraryScope.isActive()) {
                    return builtin.lookupByName(host, policy);
                }
                return Stream.of(InetAddress.getByAddress(host, new byte[]{127, 0, 0, 1}));
            }

            @Override
            public String lookupByAddress(byte[] address) throws UnknownHostException {
                return builtin.lookupByAddress(address);
            }
        };
    }

    @Override
    public String name() {
        return "meshd";
    }
}
