package io.meshd.discovery;

import io.scalecube.cluster.Member;
import io.scalecube.cluster.membership.MemberStatus;
import io.scalecube.cluster.transport.api.Message;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads the values inside the library's messages, whose classes are private to its packages.
 *
 * <p>This, and not a deserializer, is the only way in which such a value comes to be in this program: each one is made
 * here from fields that were checked before. All members are looked up when this class is initialised, so another
 * version of the library fails at once and not in the middle of a message.
 */
final class LibraryTypes {
    /** The answer to a ping by the member that was meant. */
    static final Object DEST_OK;
    /** The answer to a ping by a later run of the member that was meant. */
    static final Object DEST_GONE;

    private static final Class<?> PING_DATA = type("fdetector.PingData");
    private static final Class<?> ACK_TYPE = type("fdetector.PingData$AckType");
    private static final Class<?> RECORD = type("membership.MembershipRecord");
    private static final Class<?> SYNC_DATA = type("membership.SyncData");
    private static final Class<?> GOSSIP = type("gossip.Gossip");
    private static final Class<?> GOSSIP_REQUEST = type("gossip.GossipRequest");
    private static final Class<?> METADATA_RESPONSE = type("metadata.GetMetadataResponse");

    private static final MethodHandle NEW_PING_DATA = constructor(PING_DATA, Member.class, Member.class, Member.class);
    private static final MethodHandle WITH_ACK_TYPE = method(PING_DATA, "withAckType", PING_DATA, ACK_TYPE);
    private static final MethodHandle PING_TO = method(PING_DATA, "getTo", Member.class);
    private static final MethodHandle PING_ISSUER = method(PING_DATA, "getOriginalIssuer", Member.class);
    private static final MethodHandle PING_ACK_TYPE = method(PING_DATA, "getAckType", ACK_TYPE);
    private static final MethodHandle NEW_RECORD = constructor(RECORD, Member.class, MemberStatus.class, int.class);
    private static final MethodHandle RECORD_MEMBER = method(RECORD, "member", Member.class);
    private static final MethodHandle RECORD_STATUS = method(RECORD, "status", MemberStatus.class);
    private static final MethodHandle RECORD_INCARNATION = method(RECORD, "incarnation", int.class);
    private static final MethodHandle NEW_SYNC_DATA = constructor(SYNC_DATA, Collection.class);
    private static final MethodHandle SYNC_RECORDS = method(SYNC_DATA, "getMembership", Collection.class);
    private static final MethodHandle GOSSIPS = method(GOSSIP_REQUEST, "gossips", List.class);
    private static final MethodHandle GOSSIP_MESSAGE = method(GOSSIP, "message",
            Message.class);
    private static final MethodHandle NEW_METADATA_RESPONSE = constructor(METADATA_RESPONSE, Member.class,
            ByteBuffer.class);

    static {
        Object[] ackTypes = ACK_TYPE.getEnumConstants();
        DEST_OK = named(ackTypes, "DEST_OK");
        DEST_GONE = named(ackTypes, "DEST_GONE");
    }

    private LibraryTypes() {}

    /** A record of the membership table. */
    record TableRow(Member member, MemberStatus status, int incarnation) {}

    static Object ping(Member from, Member to, @Nullable Member issuer) {
        return invoke(NEW_PING_DATA, from, to, issuer);
    }

    static Object pingAck(Member from, Member to, @Nullable Member issuer, Object ackType) {
        return invoke(WITH_ACK_TYPE, ping(from, to, issuer), ackType);
    }

    static Member pingTarget(Object pingData) {
        return (Member) invoke(PING_TO, pingData);
    }

    static @Nullable Member pingIssuer(Object pingData) {
        return (Member) invokeNullable(PING_ISSUER, pingData);
    }

    static boolean isGone(Object pingData) {
        return DEST_GONE.equals(invokeNullable(PING_ACK_TYPE, pingData));
    }

    static Object syncData(List<TableRow> rows) {
        List<Object> records = rows.stream()
                .map(row -> invoke(NEW_RECORD, row.member(), row.status(), row.incarnation())).toList();
        return invoke(NEW_SYNC_DATA, records);
    }

    static List<TableRow> rows(Object syncData) {
        return ((Collection<?>) invoke(SYNC_RECORDS, syncData)).stream().map(LibraryTypes::row).toList();
    }

    static boolean isRow(Object data) {
        return RECORD.isInstance(data);
    }

    static TableRow row(Object membershipRecord) {
        return new TableRow((Member) invoke(RECORD_MEMBER, membershipRecord),
                (MemberStatus) invoke(RECORD_STATUS, membershipRecord),
                (int) invoke(RECORD_INCARNATION, membershipRecord));
    }

    /** The messages that a gossip request carries. */
    static List<Message> gossips(Object gossipRequest) {
        return ((Collection<?>) invoke(GOSSIPS, gossipRequest)).stream()
                .map(gossip -> (Message) invoke(GOSSIP_MESSAGE, gossip)).toList();
    }

    static Object metadataResponse(Member member, ByteBuffer metadata) {
        return invoke(NEW_METADATA_RESPONSE, member, metadata);
    }

    private static Class<?> type(String name) {
        try {
            return Class.forName("io.scalecube.cluster." + name);
        } catch (ClassNotFoundException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static MethodHandle constructor(Class<?> type, Class<?>... parameters) {
        try {
            return spread(MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, parameters)));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static MethodHandle method(Class<?> type, String name, Class<?> result, Class<?>... parameters) {
        try {
            return spread(MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findVirtual(type, name, MethodType.methodType(result, parameters)));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The handle in one form for all: an array of objects in, an object out. */
    private static MethodHandle spread(MethodHandle handle) {
        int parameters = handle.type().parameterCount();
        return handle.asType(MethodType.genericMethodType(parameters)).asSpreader(Object[].class, parameters);
    }

    private static Object named(Object[] constants, String name) {
        for (Object constant : constants) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new ExceptionInInitializerError("the library has no " + name);
    }

    private static Object invoke(MethodHandle handle, @Nullable Object... arguments) {
        Object result = invokeNullable(handle, arguments);
        if (result == null) {
            throw new IllegalStateException("the library gave null for " + handle);
        }
        return result;
    }

    @SuppressWarnings("IllegalCatch")
    private static @Nullable Object invokeNullable(MethodHandle handle, @Nullable Object... arguments) {
        try {
            return (Object) handle.invokeExact(arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
