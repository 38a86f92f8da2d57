using System.CommandLine;

namespace Roost.Cli;

/// <summary>The option that every command on a data directory has.</summary>
internal static class DataOption
{
    public static Option<string> Create() => new("--data", "-d")
    {
        Description = "The data directory.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "roost-data",
    };
}
