package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import io.meshd.protocol.Deadlines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A host and its router in virtual time. The router speaks what a test switches on, by a codec of its own that was
 * written from the RFCs, so that a mistake in the one under test is not made twice.
 */
final class RouterLab implements MappingOutbox {
    static final long MILLIS = 1_000_000L;
    static final long SECONDS = 1_000 * MILLIS;
    static final int PORT = 51_821;
    private static final long DELAY_NANOS = MILLIS;
    private static final int STEPS_MAX = 100_000;
    private static final Bytes SECRET = Bytes.copyOf(new byte[32]);

    final InetAddress router;
    final InetAddress local;
    final Gateway gateway;
    PortMappings machine;
    /** Everything that the host sent, as text that tests can read. */
    final List<String> sent = new ArrayList<>();
    /** What the router forwards: external port to owner. */
    final Map<Integer, String> forwarded = new TreeMap<>();
    final TreeSet<Integer> taken = new TreeSet<>();

    boolean pcp;
    boolean natPmp;
    /** 0: none; else the version of its Internet Gateway Device. */
    int upnp;
    boolean answersUnknownVersions = true;
    boolean loses;
    boolean onlyPermanentLeases;
    boolean lacksAnyPort;
    int pcpRefusal;
    long grantedSeconds = 7_200;
    String external = "11.22.33.1";
    String description = "";
    private long now = 7_000 * SECONDS;
    private long bootedNanos;
    private byte[] nonceOfMapping = {};
    private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>();
    private long order;

    private record Arrival(long atNanos, long order, Runnable what) implements Comparable<Arrival> {
        @Override
        public int compareTo(Arrival other) {
            return atNanos != other.atNanos ? Long.compare(atNanos, other.atNanos) : Long.compare(order, other.order);
        }
    }

    RouterLab() {
        this("192.168.1.1", "192.168.1.7");
    }

    RouterLab(String router, String local) {
        this.router = address(router);
        this.local = address(local);
        this.gateway = new Gateway(this.router, this.local);
        this.machine = new PortMappings(PORT, SECRET, new SplittableRandom(7));
    }

    static InetAddress address(String text) {
        return Objects.requireNonNull(IpAddress.parse(text).orNull(), text).toInetAddress();
    }

    long now() {
        return now;
    }

    void start() {
        machine.gateways(now, List.of(gateway), this);
    }

    /** The host's daemon was killed and runs again. */
    void restartHost() {
        arrivals.clear();
        machine = new PortMappings(PORT, SECRET, new SplittableRandom(8));
        start();
    }

    /** Lets so much time pass. */
    void pass(long nanos) {
        long end = now + nanos;
        for (int steps = 0;; steps++) {
            if (steps > STEPS_MAX) {
                throw new AssertionError("a deadline that is never met");
            }
            long next = machine.nextDeadlineNanos();
            Arrival arrival = arrivals.peek();
            if (arrival != null) {
                next = Deadlines.earlier(next, arrival.atNanos);
            }
            if (next == Deadlines.NEVER || next - end > 0) {
                now = end;
                return;
            }
            now = Math.max(now, next);
            if (arrival != null && arrival.atNanos <= now) {
                arrivals.remove();
                arrival.what.run();
            } else {
                machine.handleTimeout(now, this);
            }
        }
    }

    private void later(Runnable what) {
        arrivals.add(new Arrival(now + DELAY_NANOS, order++, what));
    }

    /** A datagram from anywhere to the socket for the gateway. */
    void inject(InetSocketAddress from, byte[] datagram) {
        machine.handle(now, gateway, from, datagram, this);
    }

    InetSocketAddress server() {
        return new InetSocketAddress(router, 5351);
    }

    /** The router has lost its memory. */
    void restartRouter() {
        forwarded.clear();
        nonceOfMapping = new byte[0];
        bootedNanos = now;
    }

    /** As {@link #restartRouter}, and it says so to all. */
    void restartRouterAloud() {
        restartRouter();
        later(() -> machine.announced(now, server(), pcp ? announcement() : natPmpAddress()));
    }

    /** What is mapped; something is. */
    MappedPort mapped() {
        return machine.mapped().getFirst();
    }

    boolean isMapped() {
        return !machine.mapped().isEmpty();
    }

    @Override
    public void send(Gateway to, InetSocketAddress where, byte[] datagram) {
        if (where.getPort() == 1900) {
            sent.add("search");
            String target = new String(datagram, StandardCharsets.US_ASCII);
            if (upnp > 0 && !loses && target.contains("InternetGatewayDevice:" + upnp)) {
                later(() -> inject(new InetSocketAddress(router, 1900), ssdpAnswer("http://192.168.1.1:5000/igd.xml")));
            }
            return;
        }
        sent.add((datagram[0] == 2 ? "pcp " : "pmp ") + datagram[1]
                + (datagram.length > 2 ? " " + lifetime(datagram) : ""));
        byte[] answer = loses ? null : answer(datagram);
        if (answer != null) {
            later(() -> inject(server(), answer));
        }
    }

    private static long lifetime(byte[] datagram) {
        return ByteBuffer.wrap(datagram).getInt(datagram[0] == 2 ? 4 : 8) & 0xffff_ffffL;
    }

    static byte[] ssdpAnswer(String location) {
        return ("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\n"
                + "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: " + location
                + "\r\nSERVER: any\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private byte @Nullable [] answer(byte[] ask) {
        if (ask[0] == 2) {
            if (pcp) {
                return ask[1] == 0 ? announcement() : pcpMap(ask);
            }
            return natPmp && answersUnknownVersions ? new byte[]{0, (byte) (128 + ask[1]), 0, 1, 0, 0, 0, 9} : null;
        }
        if (!natPmp) {
            return null;
        }
        return ask[1] == 0 ? natPmpAddress() : natPmpMap(ask);
    }

    private int epoch() {
        return (int) ((now - bootedNanos) / SECONDS);
    }

    byte[] announcement() {
        return ByteBuffer.allocate(24).put((byte) 2).put((byte) 0x80).putShort((short) 0).putInt(0).putInt(epoch())
                .array();
    }

    private byte[] pcpMap(byte[] ask) {
        ByteBuffer in = ByteBuffer.wrap(ask);
        byte[] nonce = Arrays.copyOfRange(ask, 24, 36);
        int internal = in.getShort(40) & 0xffff;
        int result = pcpRefusal;
        if (nonceOfMapping.length > 0 && !Arrays.equals(nonce, nonceOfMapping)) {
            result = 2;
        }
        long seconds = in.getInt(4) == 0 ? 0 : grantedSeconds;
        int port = result == 0 ? book(in.getShort(42) & 0xffff, seconds, "pcp") : 0;
        if (result == 0) {
            nonceOfMapping = seconds == 0 ? new byte[0] : nonce;
        }
        ByteBuffer out = ByteBuffer.allocate(60).put((byte) 2).put((byte) 0x81).put((byte) 0).put((byte) result)
                .putInt((int) (result == 0 ? seconds : 60)).putInt(epoch()).position(24).put(nonce)
                .put((byte) 17).put(new byte[3]).putShort((short) internal).putShort((short) port);
        byte[] address = address(external).getAddress();
        if (address.length == 4) {
            out.put(new byte[10]).put((byte) -1).put((byte) -1);
        }
        return out.put(address).array();
    }

    /** Books the wished port or the next free one; removes all of the host's at lifetime 0. */
    private int book(int wished, long seconds, String owner) {
        int had = forwarded.isEmpty() ? 0 : forwarded.keySet().iterator().next();
        if (seconds == 0) {
            forwarded.clear();
            return had;
        }
        int port = had != 0 ? had : wished;
        while (taken.contains(port)) {
            port++;
        }
        forwarded.put(port, owner);
        return port;
    }

    byte[] natPmpAddress() {
        return ByteBuffer.allocate(12).put((byte) 0).put((byte) 128).putShort((short) 0).putInt(epoch())
                .put(address(external).getAddress()).array();
    }

    private byte[] natPmpMap(byte[] ask) {
        ByteBuffer in = ByteBuffer.wrap(ask);
        long seconds = in.getInt(8) == 0 ? 0 : grantedSeconds;
        int port = book(in.getShort(6) & 0xffff, seconds, "pmp");
        return ByteBuffer.allocate(16).put((byte) 0).put((byte) 129).putShort((short) 0).putInt(epoch())
                .putShort(in.getShort(4)).putShort((short) (seconds == 0 ? 0 : port)).putInt((int) seconds).array();
    }

    @Override
    public void call(Gateway to, HttpCall call) {
        sent.add(call.soapAction() == null
                ? "get " + call.path()
                : call.soapAction().replaceAll(".*#|\"", "") + argument(call.body(), "NewExternalPort", " ")
                        + argument(call.body(), "NewLeaseDuration", " for "));
        HttpAnswer answer = loses || upnp == 0 ? HttpAnswer.failed(call.id()) : answer(call);
        later(() -> machine.handle(now, gateway, answer, this));
    }

    private static String argument(String body, String name, String before) {
        Matcher matcher = Pattern.compile("<" + name + ">(.*?)</").matcher(body);
        return matcher.find() ? before + matcher.group(1) : "";
    }

    private HttpAnswer answer(HttpCall call) {
        if (call.soapAction() == null) {
            String text = description.isEmpty() ? describe("WANIPConnection:" + upnp, "/ctl/wan") : description;
            return http(call, 200, text);
        }
        String action = call.soapAction().replaceAll(".*#|\"", "");
        return switch (action) {
            case "GetExternalIPAddress" -> http(call, 200, "<NewExternalIPAddress>" + external
                    + "</NewExternalIPAddress>");
            case "AddPortMapping", "AddAnyPortMapping" -> add(call, action);
            case "DeletePortMapping" -> {
                forwarded.remove(Integer.parseInt(argument(call.body(), "NewExternalPort", "")));
                yield http(call, 200, "<u:DeletePortMappingResponse xmlns:u=\"x\"/>");
            }
            default -> fault(call, 401);
        };
    }

    private HttpAnswer add(HttpCall call, String action) {
        int port = Integer.parseInt(argument(call.body(), "NewExternalPort", ""));
        boolean any = action.equals("AddAnyPortMapping");
        if (any && (upnp == 1 || lacksAnyPort)) {
            return fault(call, 401);
        }
        if (onlyPermanentLeases && !argument(call.body(), "NewLeaseDuration", "").equals("0")) {
            return fault(call, 725);
        }
        if (taken.contains(port) && !any) {
            return fault(call, 718);
        }
        while (taken.contains(port)) {
            port++;
        }
        forwarded.put(port, "upnp");
        return http(call, 200, any
                ? "<NewReservedPort>" + port + "</NewReservedPort>"
                : "<u:AddPortMappingResponse xmlns:u=\"x\"/>");
    }

    private static HttpAnswer fault(HttpCall call, int code) {
        return http(call, 500, "<Fault><detail><UPnPError><errorCode>" + code
                + "</errorCode></UPnPError></detail></Fault>");
    }

    private static HttpAnswer http(HttpCall call, int status, String body) {
        return new HttpAnswer(call.id(), status, Bytes.copyOf(body.getBytes(StandardCharsets.UTF_8)));
    }

    static String describe(String service, String control) {
        return "<?xml version=\"1.0\"?><root xmlns=\"urn:schemas-upnp-org:device-1-0\"><device><serviceList><service>"
                + "<serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType>"
                + "<controlURL>/l3</controlURL></service></serviceList><deviceList><device><serviceList><service>"
                + "<serviceType>urn:schemas-upnp-org:service:" + service + "</serviceType>"
                + "<controlURL>" + control + "</controlURL></service></serviceList></device></deviceList></device>"
                + "</root>";
    }
}
