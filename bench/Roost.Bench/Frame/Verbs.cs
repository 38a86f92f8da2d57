using System.CommandLine;

namespace Roost.Bench.Frame;

/// <summary>What the program's user asked of every benchmark.</summary>
/// <param name="Rounds">How often each subject is measured, 1 or more; the median counts.</param>
/// <param name="Quick">Sizes small enough for a smoke test of seconds; the figures mean little then.</param>
internal sealed record BenchSettings(int Rounds, bool Quick)
{
    /// <summary>Whether the heap is collected before each run. Only for subjects that allocate nothing beside millions
    /// of objects that stay: there it would take longer than the run.</summary>
    public bool Collect { get; init; } = true;
}

/// <summary>
/// The program around the benchmarks: makes a verb of a function from settings to <see cref="Report"/>, and prints what
/// it reports as a table or, with <c>--json</c>, as one JSON object.
/// </summary>
internal static class Verbs
{
    private const int ExitOk = 0;

    private static readonly Option<bool> _json = new("--json")
    {
        Description = "Print one JSON object instead of tables.",
        Recursive = true,
    };

    private static readonly Option<bool> _quick = new("--quick")
    {
        Description = "Small sizes, a smoke test: shows that it runs, not how fast.",
        Recursive = true,
    };

    private static readonly Option<int> _rounds = CreateRoundsOption();

    /// <summary>A verb whose benchmark runs to its end on the calling thread.</summary>
    /// <remarks>Parameters as in the other overload, whose benchmarks may await.</remarks>
    public static Command Create(
        string name, string description, Func<ParseResult, BenchSettings, Report> run, params Option[] options) =>
        Create(name, description, (parsed, settings, _) => Task.FromResult(run(parsed, settings)), options);

    /// <summary>A verb for <c>Program.cs</c> to list.</summary>
    /// <param name="name">Lower case with hyphens: what is typed.</param>
    /// <param name="description">
    /// One sentence that names subject and peer; an example of use if there are options.
    /// </param>
    /// <param name="run">Measures. The token fires on Ctrl+C; clean up and throw when it does.</param>
    /// <param name="options">
    /// The verb's own options, read in <paramref name="run"/> with <c>parsed.GetValue(option)</c>.
    /// </param>
    public static Command Create(
        string name, string description, Func<ParseResult, BenchSettings, CancellationToken, Task<Report>> run,
        params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options) command.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            var settings = new BenchSettings(parsed.GetValue(_rounds), parsed.GetValue(_quick));
            var report = await run(parsed, settings, cancellation);
            report.Print(Console.Out, parsed.GetValue(_json));
            return ExitOk;
        });
        return command;
    }

    /// <summary>An option that says which of some named parts are wanted: those that have a text in their names. One
    /// that is in no name is an error that tells the names.</summary>
    /// <param name="what">What the parts are, in the plural.</param>
    public static Option<string?> CreateOnlyOption(string what, IReadOnlyList<string> names)
    {
        var option = new Option<string?>("--only") { Description = $"Only the {what} whose names have this in them." };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } only && !names.Any(name => IsWanted(name, only)))
                result.AddError($"--only: no name has '{only}' in it. The {what}: {string.Join("; ", names)}.");
        });
        return option;
    }

    /// <summary>Whether a part is wanted.</summary>
    /// <param name="only">What <see cref="CreateOnlyOption"/>'s option says; null: all are.</param>
    public static bool IsWanted(string name, string? only) =>
        only is null || name.Contains(only, StringComparison.Ordinal);

    /// <summary>Parses and runs; the result is the process's exit code.</summary>
    public static Task<int> RunAsync(RootCommand root, string[] args)
    {
        root.Add(_json);
        root.Add(_quick);
        root.Add(_rounds);
        return root.Parse(args).InvokeAsync();
    }

    private static Option<int> CreateRoundsOption()
    {
        var option = new Option<int>("--rounds")
        {
            Description = "How often each subject is measured, 1 to 1000; medians are reported.",
            DefaultValueFactory = _ => 9,
            Recursive = true,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
                result.AddError("--rounds must be from 1 to 1000.");
        });
        return option;
    }
}
