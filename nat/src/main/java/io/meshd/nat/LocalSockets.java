package io.meshd.nat;

/** Opens and closes the local sockets beside the one port, by numbers of which none is used twice. */
public interface LocalSockets {
    /** From now on datagrams may go and come by this number; without room for it they are lost. */
    void open(int number);

    /** From now on they do not. */
    void close(int number);
}
