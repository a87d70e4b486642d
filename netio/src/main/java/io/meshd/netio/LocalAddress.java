package io.meshd.netio;

import java.net.InetAddress;

/**
 * An address that an interface of this host has.
 *
 * @param address        the host's own address; of a point-to-point link not the other end's
 * @param length         length of the prefix on the link
 * @param interfaceIndex the interface
 * @param flags          IFA_F_* of linux/if_addr.h
 */
public record LocalAddress(InetAddress address, int length, int interfaceIndex, int flags) {
    private static final int IFA_F_TEMPORARY = 0x01;
    private static final int IFA_F_DADFAILED = 0x08;
    private static final int IFA_F_DEPRECATED = 0x20;
    private static final int IFA_F_TENTATIVE = 0x40;

    /** Whether it is an IPv6 privacy address, soon replaced by another (RFC 8981). */
    public boolean isTemporary() {
        return address.getAddress().length == 16 && (flags & IFA_F_TEMPORARY) != 0;
    }

    /** Whether packets can be sent from it: no other host has it, as far as is known. */
    public boolean isUsable() {
        return (flags & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) == 0;
    }

    /** Whether nothing new should be begun with it. */
    public boolean isDeprecated() {
        return (flags & IFA_F_DEPRECATED) != 0;
    }

    @Override
    public String toString() {
        return address.getHostAddress() + "/" + length + " dev #" + interfaceIndex;
    }
}
