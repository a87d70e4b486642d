package io.meshd.netio;

import org.jspecify.annotations.Nullable;

/**
 * A rule that says which routing table a packet uses (ip-rule(8)), as far as default routes over a tunnel need it.
 *
 * @param isV6                 the family it is for
 * @param priority             smaller is asked first; -1 lets the kernel choose one before all present rules
 * @param mark                 firewall mark that it matches, when {@code mask} is not 0
 * @param mask                 which bits of the mark count; 0 matches every packet
 * @param inverted             matches packets that the other conditions do not
 * @param table                the table to look in
 * @param suppressPrefixLength ignores what the table finds with at most this length: 0 ignores its default route; -1
 *                             ignores nothing
 * @param protocol             who installed it
 * @param action               FR_ACT_TO_TBL is 1; others are not installed by this program
 */
public record RoutingRule(boolean isV6, int priority, int mark, int mask, boolean inverted, int table,
        int suppressPrefixLength, int protocol, int action) {
    /** Marks this program's own datagrams, so that a default route over the mesh does not catch them. */
    public static final int OWN_MARK = 0x6d65_7368;

    static final int TO_TABLE = 1;

    /** All packets without this mark look in {@code table}: the first rule of wg-quick(8). */
    public static RoutingRule unmarked(boolean isV6, int mark, int table) {
        return new RoutingRule(isV6, -1, mark, -1, true, table, -1, Route.OWN_PROTOCOL, TO_TABLE);
    }

    /** All packets look in the main table, but not at its default route: the second rule of wg-quick(8). */
    public static RoutingRule mainWithoutDefault(boolean isV6) {
        return new RoutingRule(isV6, -1, 0, 0, false, Route.MAIN_TABLE, 0, Route.OWN_PROTOCOL, TO_TABLE);
    }

    /** Whether this program installed it. */
    public boolean isOwn() {
        return protocol == Route.OWN_PROTOCOL;
    }

    /** Whether both say the same, whatever priority the kernel gave them. */
    public boolean matches(@Nullable RoutingRule other) {
        return other != null && other.isV6 == isV6 && other.mark == mark && other.mask == mask
                && other.inverted == inverted && other.table == table
                && other.suppressPrefixLength == suppressPrefixLength && other.action == action;
    }

    @Override
    public String toString() {
        return (isV6 ? "-6 " : "-4 ") + (inverted ? "not " : "")
                + (mask == 0 ? "" : "fwmark 0x" + Integer.toHexString(mark) + " ")
                + "table " + Integer.toUnsignedString(table)
                + (suppressPrefixLength < 0 ? "" : " suppress_prefixlength " + suppressPrefixLength);
    }
}
