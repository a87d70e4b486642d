package io.meshd.discovery;

import io.meshd.protocol.NodeRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Passes rumours on when the library's gossip timer says so.
 *
 * <p>The library says what, how often and to how many; whether a statement still needs it says the {@link Ledger}. To
 * whom is chosen here: the library goes through its list of members in a row and shuffles it only at the end of it, so
 * in a mesh that grew one by one all nodes leave out the same members at the same time.
 */
final class Dissemination {
    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final Ledger ledger;
    private final RandomGenerator random;
    /** The choices of one tick: all rumours that the library has for one member go to one member. */
    private final Map<Peer, Peer> chosen = new LinkedHashMap<>();
    private final List<Peer> choices = new ArrayList<>();
    private long chosenNanos;

    Dissemination(Self self, Timers timers, Roster roster, Links links, Ledger ledger, RandomGenerator random) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.links = links;
        this.ledger = ledger;
        this.random = random;
    }

    /** The library wants to pass on what it has as {@code data}. */
    void pass(Peer to, @Nullable Object data) {
        Peer target = choose(to);
        if (target == null) {
            return;
        }
        if (data instanceof Rumour.Accusation accusation) {
            passAccusation(target, accusation, roster.peer(accusation.target()));
        } else if (data != null && LibraryTypes.isRow(data)) {
            passRow(target, LibraryTypes.row(data));
        }
    }

    private @Nullable Peer choose(Peer to) {
        if (chosen.isEmpty() || chosenNanos != timers.nowNanos()) {
            chosen.clear();
            choices.clear();
            roster.all().stream().filter(Peer::isPresent).forEach(choices::add);
            chosenNanos = timers.nowNanos();
        }
        Peer already = chosen.get(to);
        if (already != null || choices.isEmpty()) {
            return already;
        }
        Peer target = choices.remove(random.nextInt(choices.size()));
        chosen.put(to, target);
        return target;
    }

    private void passAccusation(Peer to, Rumour.Accusation accusation, @Nullable Peer target) {
        if (target != null && isCurrent(accusation, target) && ledger.pass(accusation, to.key, roster.members())) {
            links.saySoon(to, accusation);
        }
    }

    /**
     * Whether the case is still open, or was decided by this: who stopped passing it on at its own verdict would leave
     * those without a verdict who were to hear it last.
     */
    private static boolean isCurrent(Rumour.Accusation accusation, Peer target) {
        return target.verdict.contains(accusation)
                || (target.suspicion != null && target.epoch == accusation.epoch()
                        && target.incarnation() == accusation.incarnation());
    }

    private void passRow(Peer to, LibraryTypes.TableRow row) {
        if (row.member().equals(self.member)) {
            passOwn(to, row);
            return;
        }
        Peer about = roster.at(row.member().address());
        if (about == null || about.epoch != Peer.epoch(row.member()) || about.equals(to)) {
            return;
        }
        switch (row.status()) {
            case ALIVE -> passAlive(to, about, row.incarnation());
            case LEAVING -> passLeft(to, about.left);
            case SUSPECT, DEAD -> {
                // Accusations travel by themselves, with signatures; a death is for each node to conclude.
            }
        }
    }

    private void passOwn(Peer to, LibraryTypes.TableRow row) {
        if (self.left != null) {
            passLeft(to, self.left);
        } else if (row.incarnation() == self.alive.incarnation()
                && ledger.pass(self.alive, to.key, roster.members())) {
            say(to, self.alive, self.record, self.recordSinceNanos);
        }
    }

    private void passAlive(Peer to, Peer about, int incarnation) {
        if (about.alive != null && about.alive.incarnation() == incarnation && about.record != null
                && ledger.pass(about.alive, to.key, roster.members())) {
            say(to, about.alive, about.record, about.recordSinceNanos);
        }
    }

    private void say(Peer to, Rumour.Alive alive, NodeRecord record, long recordSinceNanos) {
        if (timers.nowNanos() - recordSinceNanos < News.RECORD_FRESH_NANOS) {
            links.saySoon(to, new Rumour.Described(record), alive);
        } else {
            links.saySoon(to, alive);
        }
    }

    private void passLeft(Peer to, Rumour.@Nullable Left goodbye) {
        if (goodbye != null && ledger.pass(goodbye, to.key, roster.members())) {
            links.saySoon(to, goodbye);
        }
    }
}
