using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Roost.Cli;
using Roost.Cli.Serve;

args = ServeCommand.Joined(args);
var root = new RootCommand(
    "Roost: a social network in one program. Apps for Mastodon can sign in, read, post and "
    + "follow.\n\nExit codes: 0 done; 1 it ran and found something wrong (a check, a verification); 2 the command line "
    + "or an input file is wrong; 3 the data directory is in use, damaged or cannot be used; 4 something outside "
    + "failed (a full disk, a taken port, a server that is not there); 130 stopped before it was done.")
{
    UpCommand.Create(),
    ServeCommand.Create(args),
    ReplayCommand.Create(),
    WorldCommand.Create(),
    ScenarioCommand.Create(),
    AccountsCommand.Create(),
    CommunityCommands.Emojis(),
    CommunityCommands.Announcements(),
    CheckCommand.Create(),
    DataCommand.Create(),
    SearchCommand.Create(),
    ClusterCommand.Create(),
    ClusterCommand.CreateTop(),
};
var parsed = root.Parse(args);
if (parsed.Action is ParseErrorAction)
{
    // Without the whole help above it, which would hide it.
    foreach (var error in parsed.Errors) Console.Error.WriteLine($"roost: {error.Message}");
    var command = new Stack<string>();
    for (SymbolResult? result = parsed.CommandResult; result is CommandResult one; result = result.Parent)
        command.Push(one.Command.Name);
    Console.Error.WriteLine($"       See {string.Join(' ', command)} --help.");
    return ExitCode.Usage;
}
return await parsed.InvokeAsync(new InvocationConfiguration
{
    // A server needs time to answer what it has begun; the default of two seconds would cut it off.
    ProcessTerminationTimeout = args is ["cluster", ..] ? ClusterCommand.StopMax : TimeSpan.FromSeconds(30),
});
