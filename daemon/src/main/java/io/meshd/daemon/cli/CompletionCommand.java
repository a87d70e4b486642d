package io.meshd.daemon.cli;

import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** Prints what makes a shell complete command lines of meshd. */
final class CompletionCommand implements Command {
    private final Supplier<List<CommandSpec>> specs;

    /** Completes these commands, its own among them. */
    CompletionCommand(Supplier<List<CommandSpec>> specs) {
        this.specs = specs;
    }

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("completion", "Print the completion for a shell: commands, options, names of peers.")
                .taking("bash|zsh|fish", 1, 1)
                .saying("The packages install it already. By hand it goes to",
                        "  bash  ~/.local/share/bash-completion/completions/meshd",
                        "  zsh   _meshd in a directory of $fpath, before compinit runs",
                        "  fish  ~/.config/fish/completions/meshd.fish")
                .example("meshd completion bash > ~/.local/share/bash-completion/completions/meshd", "for new shells")
                .example("source <(meshd completion bash)", "for this one");
    }

    @Override
    public int run(Invocation invocation) {
        invocation.text(script(Objects.requireNonNull(invocation.argument(0)), specs.get()));
        return ExitStatus.DONE;
    }

    /** The script for one of the shells. */
    static String script(String shell, List<CommandSpec> specs) {
        Vocabulary vocabulary = Vocabulary.of(specs);
        return switch (shell) {
            case "bash" -> new BashCompletion(vocabulary).script();
            case "zsh" -> new ZshCompletion(vocabulary).script();
            case "fish" -> new FishCompletion(vocabulary).script();
            default -> throw new IllegalArgumentException("no completion for " + shell);
        };
    }
}
