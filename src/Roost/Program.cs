using System.CommandLine;
using System.CommandLine.Invocation;
using Roost.Cli;

var root = new RootCommand(
    "Roost: a social network in one program. It speaks the Mastodon client API, so the apps you have work with it.")
{
    UpCommand.Create(),
    ReplayCommand.Create(),
    WorldCommand.Create(),
    ScenarioCommand.Create(),
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
