using System.CommandLine;
using System.CommandLine.Invocation;
using Roost.Cli;

var root = new RootCommand(
    "Roost: a social network in one program. Apps for Mastodon can sign in, read, post and "
    + "follow.")
{
    UpCommand.Create(),
    ReplayCommand.Create(),
    WorldCommand.Create(),
    AccountsCommand.Create(),
    CheckCommand.Create(),
};
var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration
{
    // A server needs time to answer what it has begun; the default of two seconds would cut it off.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
});
return parsed.Action is ParseErrorAction ? ExitCode.Usage : code;
