using System.CommandLine;
using Roost.Composition;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve ROLE…</c>: parts of the whole in a process of their own, one or several.</summary>
internal static class ServeCommand
{
    private const string Name = "serve";

    /// <summary>Those that are called before those that call them.</summary>
    private static readonly Func<ServePart>[] _parts =
    [
        () => new RolePart(Role.Users, 4001, "Run the Users service, which other processes call."),
        () => new RolePart(
            Role.Graph, 4002,
            "Run the Graph service (follows, blocks, lists), of which other processes keep replicas."),
        () => new RolePart(
            Role.Media, 4004,
            "Run the Media service, which takes pictures in (decoding and scaling are the heaviest work, on what "
            + "strangers send) and keeps them."),
        () => new SearchPart(), () => new PostsPart(), () => new NotificationsPart(), () => new TimelinesPart(),
        () => new PushPart(), () => new WebPart(), () => new GatewayPart(),
    ];

    /// <summary>The command line with the roles made one word: <c>serve users graph --data D</c> means the command
    /// <c>users+graph</c>.</summary>
    public static string[] Joined(string[] args)
    {
        if (args is not [Name, ..]) return args;
        var known = _parts.Select(part => part().Name).ToHashSet(StringComparer.Ordinal);
        var roles = args.Skip(1).TakeWhile(known.Contains).ToArray();
        return roles.Length < 2 || roles.Distinct().Count() < roles.Length
            ? args
            : [Name, string.Join('+', roles), .. args.Skip(1 + roles.Length)];
    }

    /// <param name="args">The whole command line, as <see cref="Joined"/> has it.</param>
    public static Command Create(string[] args)
    {
        var command = new Command(
            Name,
            "Run one part, or several, in a process of their own until Ctrl-C or SIGTERM; the rest runs elsewhere.\n\n"
            + "Example: roost serve users graph media --data accounts --store /var/lib/roost/cluster.db");
        foreach (var part in _parts.Select(part => part())) command.Add(Alone(part));
        if (args is [Name, var several, .. var rest] && several.Split('+') is { Length: > 1 } roles
            && PartsOf(roles).Length == roles.Length)
        {
            command.Add(Together(several, roles, rest));
        }
        return command;
    }

    private static ServePart[] PartsOf(string[] roles) =>
        [.. _parts.Select(part => part()).Where(part => roles.Contains(part.Name))];

    private static Command Alone(ServePart part)
    {
        var command = CommandOf(part);
        command.Run((parsed, ct) => ServeProcess.RunAsync(
            [part], [part.Read(parsed, new ServePlace([part.Name]))], AdminOf(parsed), ZoneOf(parsed), ct));
        return command;
    }

    /// <summary>Each reads what is its own of the same command line.</summary>
    private static Command Together(string name, string[] roles, string[] rest)
    {
        var parts = PartsOf(roles);
        var command = new Command(
            name,
            $"Run {string.Join(", ", parts.Select(part => part.Name))} in one process, where they call each other "
            + "directly. Each has a directory of its own in --data, and listens at a port of its own of the address "
            + $"that --listen has: {string.Join(", ", parts.Select(part => $"{part.Name} at {part.Port}"))} unless "
            + "told. What runs elsewhere is found as each would find it alone.");
        // Of its own, to tell of all of them.
        foreach (var option in PartsOf(roles).SelectMany(part => part.Options).DistinctBy(option => option.Name))
            command.Add(ToldOfAll(option));
        var place = new ServePlace([.. parts.Select(part => part.Name)]);
        command.Run((parsed, ct) =>
        {
            var starts = parts.Select(part =>
            {
                var own = CommandOf(part);
                own.TreatUnmatchedTokensAsErrors = false;
                return part.Read(own.Parse(rest), place);
            }).ToArray();
            return ServeProcess.RunAsync(parts, starts, AdminOf(parsed), ZoneOf(parsed), ct);
        });
        return command;
    }

    private static Option ToldOfAll(Option option)
    {
        switch (option)
        {
            case Option<string> { Name: "--listen" } listen:
                listen.Description = "The address at which each listens at its port, like http://10.0.0.5; with port 0 "
                    + "at any free one. Whoever reaches the ports for other processes may do everything.";
                listen.DefaultValueFactory = _ => "http://127.0.0.1";
                break;
            case { Name: "--data" }:
                option.Description = "A directory in which each has one of its own, by its name.";
                break;
        }
        return option;
    }

    private static Command CommandOf(ServePart part)
    {
        var command = new Command(part.Name, part.Description);
        foreach (var option in part.Options) command.Add(option);
        return command;
    }

    private static string? AdminOf(ParseResult parsed) => parsed.GetValue<string?>("--admin");

    private static string ZoneOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.Any(option => option.Name == "--zone")
            ? parsed.GetValue<string>("--zone") ?? ""
            : "";
}
