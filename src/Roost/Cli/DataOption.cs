using System.CommandLine;

namespace Roost.Cli;

/// <summary>The option that every command on a data directory has.</summary>
internal static class DataOption
{
    public static Option<string> Create()
    {
        var option = new Option<string>("--data", "-d")
        {
            Description = "The data directory.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "roost-data",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var path }] && string.IsNullOrWhiteSpace(path))
                result.AddError("--data is empty; name a directory, which need not exist.");
        });
        return option;
    }
}
