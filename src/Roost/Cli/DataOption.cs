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

    /// <summary>Of commands that may make a directory.</summary>
    public static Option<string?> Database() => new("--database")
    {
        Description = "A PostgreSQL database for posts and all that would else be SQLite files in the data directory, "
            + "as a connection string like 'Host=127.0.0.1;Username=roost;Database=roost'. The directory must be new: "
            + "for a database that has a network it takes the place of the one before. It remembers the database, "
            + "without its password, which PGPASSWORD or ~/.pgpass can tell.",
        HelpName = "CONNECTION",
    };
}
