package io.meshd.nat;

/** Moves the paths of one peer from state to state, as their probes are answered or lost. */
final class Upkeep {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final CandidateSet candidates;
    private final PathProber prober;
    private final PathChoice choice;
    private final Doubt doubt;
    private final Vigil vigil;

    Upkeep(CandidateSet candidates, PathProber prober, PathChoice choice, Doubt doubt, Vigil vigil) {
        this.candidates = candidates;
        this.prober = prober;
        this.choice = choice;
        this.doubt = doubt;
        this.vigil = vigil;
    }

    /** A probe or a handshake was answered on this path. */
    void works(Path path, long nowNanos) {
        boolean wasUsable = path.isUsable();
        boolean isChosen = path == choice.chosen();
        if (isChosen && path.state() == PathState.DEAD) {
            choice.note("the path in use answers again", nowNanos);
        }
        path.answered(nowNanos, isChosen);
        vigil.answered(nowNanos);
        if (wasUsable) {
            return;
        }
        if (!isChosen && choice.chosen() != null) {
            choice.note("a candidate answers", path, nowNanos);
        }
        if (path.state() == PathState.UNSOUND) {
            path.probeAt(path.isHeld(nowNanos) ? path.heldUntilNanos() : nowNanos);
        } else {
            // What died may have died of loss: eight answers would let one in two of those that lose a fifth return.
            path.startTrain(path.isOnProbation() ? PathTimings.TRAIN_RIVAL : PathTimings.TRAIN_PROVING,
                    nowNanos + PathTimings.TRAIN_PACE_NANOS);
        }
    }

    /** Counts overdue probes as lost. */
    void expire(long nowNanos) {
        for (Path path : candidates.paths()) {
            if (path.probes().expire(nowNanos) == 0) {
                continue;
            }
            if (path == choice.chosen()) {
                chosenLost(path, nowNanos);
            } else {
                otherLost(path, nowNanos);
            }
        }
    }

    private void chosenLost(Path chosen, long nowNanos) {
        // A path that is known to lose probes is not examined for each of them while packets show whether it lives.
        if (chosen.state() != PathState.UNSOUND || !vigil.isActive(nowNanos)) {
            doubt.begin(vigil.isLossOfInterest(nowNanos) ? Doubt.Cause.LOSS : Doubt.Cause.SILENCE, nowNanos);
        }
        if (doubt.isActive()) {
            doubt.lost(nowNanos);
        }
    }

    private void otherLost(Path path, long nowNanos) {
        if (path.isUsable() && path.probes().lostRun() >= path.lostToDie()) {
            path.stopTrain();
            path.died(nowNanos);
            choice.note("a candidate answers no more", path, nowNanos);
            prober.retryNow(path, nowNanos + PathTimings.RETRY_FIRST_NANOS);
        } else if (path.state() == PathState.ALIVE && path.probes().isLossy(nowNanos)) {
            becomeUnsound(path, nowNanos);
        }
    }

    /** Draws conclusions from trains that are complete and from the doubt about the chosen path. */
    void judge(long nowNanos) {
        for (Path path : candidates.paths()) {
            if (path.settleTrain()) {
                settle(path, nowNanos);
            }
        }
        Path chosen = choice.chosen();
        if (chosen == null || chosen.state() == PathState.DEAD) {
            return;
        }
        switch (doubt.verdict(chosen, nowNanos)) {
            case DEAD -> chosenDied(chosen, nowNanos);
            case LOSSY -> {
                doubt.drop();
                becomeUnsound(chosen, nowNanos);
            }
            case NONE -> {}
        }
    }

    private void chosenDied(Path chosen, long nowNanos) {
        doubt.drop();
        chosen.died(nowNanos);
        vigil.died(chosen, nowNanos);
        choice.note("the path in use is dead: silent, probes are lost", nowNanos);
        if (!choice.hasProvenRival(nowNanos)) {
            prober.callAll(nowNanos);
        }
        prober.retryNow(chosen, nowNanos + PathTimings.RETRY_FIRST_NANOS);
    }

    private void settle(Path path, long nowNanos) {
        if (path == choice.chosen()) {
            doubt.dispelled(nowNanos);
        }
        if (path.state() == PathState.UNSOUND) {
            settleUnsound(path, nowNanos);
        } else if (path.isOnProbation()) {
            // One lost of all is no reason; a path that loses more fails here or is found out in use.
            if (path.probes().lost(nowNanos, PathTimings.LOSS_WINDOW_NANOS) <= 1) {
                path.redeemed();
            } else {
                becomeUnsound(path, nowNanos);
            }
        }
    }

    private void settleUnsound(Path path, long nowNanos) {
        if (path.probes().settled(nowNanos, PathTimings.LOSS_WINDOW_NANOS) < PathTimings.TRAIN_RIVAL) {
            path.probeAt(path.isHeld(nowNanos) ? path.heldUntilNanos() : nowNanos);
        } else if (path.probes().isClean(nowNanos)) {
            path.redeemed();
            choice.note("a lossy path is sound again", path, nowNanos);
        } else {
            becomeUnsound(path, nowNanos);
        }
    }

    private void becomeUnsound(Path path, long nowNanos) {
        path.stopTrain();
        path.becameUnsound();
        path.setBack(path == choice.chosen(), nowNanos);
        choice.note("a path loses probes and is looked at again in "
                + (path.heldUntilNanos() - nowNanos) / SECOND_NANOS + " s", path, nowNanos);
        path.probeAt(path.heldUntilNanos());
    }
}
