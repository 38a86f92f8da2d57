using System.CommandLine;
using Roost.Cli.Control;

namespace Roost.Cli;

/// <summary>
/// Commands on a data directory, whether or not a server runs on it: if one does, it runs them, and what they change is
/// so at once for everybody.
/// </summary>
internal static class OperatorCommands
{
    /// <summary>Those that a server runs.</summary>
    public static RootCommand Root() => new("What a running server does for the command line.")
    {
        AccountsCommand.Create(), CommunityCommands.Emojis(), CommunityCommands.Announcements(),
    };

    /// <summary>Makes <paramref name="body"/> the action of a command, and gives it the option <c>--data</c>. It is
    /// done when it returns.</summary>
    /// <param name="create">Whether to make the directory when it is not there.</param>
    public static void RunOnData(
        this Command command, Func<ParseResult, CommandSession, CancellationToken, Task> body, bool create = false)
    {
        var directory = DataOption.Create();
        command.Add(directory);
        command.Run(async (parsed, ct) =>
        {
            var invocation = parsed.InvocationConfiguration;
            if (invocation is ServedInvocation served)
            {
                await body(parsed, served.Session, ct);
                return ExitCode.Done;
            }
            var path = parsed.GetRequiredValue(directory);
            var talk = new LocalTalk(PasswordPrompt.OfConsole(invocation.Error));
            using (var server = await ControlClient.TryConnectAsync(path, ct))
            {
                if (server is not null)
                {
                    return await server.RunAsync(
                        [.. parsed.Tokens.Select(token => token.Value)], talk, invocation.Output, invocation.Error, ct);
                }
            }
            await using var data = CommandData.Open(path, create);
            await body(parsed, new CommandSession(data, talk, invocation.Output), ct);
            return ExitCode.Done;
        });
    }
}

/// <summary>The command is run by a server.</summary>
internal sealed class ServedInvocation(CommandSession session) : InvocationConfiguration
{
    public CommandSession Session { get; } = session;
}
