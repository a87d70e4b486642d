package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.Gateway;
import io.meshd.netio.Netlink;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Listening to the kernel and reading its tables needs no rights. */
class NetworkWatchTest {
    @TempDir
    Path state;

    private static final class Heard implements NetworkWatch.Listener {
        private final CompletableFuture<List<InetSocketAddress>> endpoints = new CompletableFuture<>();
        private final CompletableFuture<List<LanLink>> links = new CompletableFuture<>();
        private final CompletableFuture<Throwable> failure = new CompletableFuture<>();

        @Override
        public void endpoints(List<InetSocketAddress> now) {
            endpoints.complete(now);
        }

        @Override
        public void moved() {
            // Whether this host has addresses is not what these tests are about.
        }

        @Override
        public void rerouted() {
            throw new AssertionError("nobody changes the routes");
        }

        @Override
        public void gateways(List<Gateway> gateways) {
            // Nor whether it has routers.
        }

        @Override
        public void links(List<LanLink> now) {
            links.complete(now);
        }

        @Override
        public int interfaceIndex() {
            return 0;
        }

        @Override
        public void restored() {
            throw new AssertionError("there is nothing to put back");
        }

        @Override
        public void failed(String what, Throwable cause) {
            failure.complete(cause);
        }
    }

    private NetworkWatch watch(Netlink netlink, Heard heard) throws Exception {
        RouteKeeper keeper = new RouteKeeper(netlink, new EventLog(), new StateFiles(state));
        return new NetworkWatch(netlink, keeper, 51_821, List.of(), heard);
    }

    @Test
    void tellsTheHostsAddressesAtOnce() throws Exception {
        Heard heard = new Heard();
        try (Netlink netlink = Netlink.open()) {
            NetworkWatch watch = watch(netlink, heard);
            watch.start();

            assertThat(heard.endpoints.get(10, TimeUnit.SECONDS))
                    .allMatch(endpoint -> endpoint.getPort() == 51_821 && !endpoint.getAddress().isLoopbackAddress());
            assertThat(heard.links.get(10, TimeUnit.SECONDS))
                    .allMatch(link -> link.interfaceIndex() > 0 && !link.local().isLoopbackAddress());
            watch.close();
        }
    }

    @Test
    void defectInItsWorkIsTold() throws Exception {
        Heard heard = new Heard();
        try (Netlink netlink = Netlink.open()) {
            NetworkWatch watch = watch(netlink, heard);
            watch.start();
            watch.later(() -> {
                throw new IllegalStateException("a defect");
            });

            assertThat(heard.failure.get(10, TimeUnit.SECONDS)).hasMessage("a defect");
            watch.close();
        }
    }
}
