using System.CommandLine;
using System.Globalization;
using Roost.Cluster;
using Roost.Composition;
using Roost.Rpc;

namespace Roost.Cli;

/// <summary>The options that every command has which loads a network, and their values.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string> _data = DataOption.Create();

    private readonly Option<int> _verify = new("--verify")
    {
        HelpName = "K",
        Description =
            "Compare the home timelines of this many sampled users with the source; exit code 1 when one differs.",
    };

    private readonly Option<bool> _verifyOnly = new("--verify-only")
    {
        Description = "Loading: load nothing, only verify what was loaded before.",
    };

    private readonly Option<ulong> _seed = new("--seed")
    {
        Description = "Seed of whatever is drawn at random.",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print the report as one JSON object.",
    };

    private readonly Option<bool> _verbose = new("--verbose")
    {
        Description = "Say on standard error what was done, also when it is no terminal.",
    };

    private readonly Option<Uri?> _to = new("--to")
    {
        HelpName = "URL",
        Description = "Play to this running server through its client API, rather than load into --data.",
        CustomParser = ParseServer,
    };

    private readonly Option<string?> _cluster = new("--cluster")
    {
        HelpName = "DIR",
        Description = "Play to the cluster of this directory ('roost cluster up --data DIR'): accounts and follows "
            + "through its own services, thousands in a call; posts and timelines through its gateway.",
    };

    private readonly Option<double?> _speed = new("--speed")
    {
        Description = "Playing: how fast, 60x, or max (the default).",
        HelpName = "60x|max",
        CustomParser = ParseSpeed,
    };

    private readonly Option<int?> _first = new("--first")
    {
        Description = "Playing: only the first so many activities, and only the accounts in them (all unless told).",
        HelpName = "N",
    };

    private readonly Option<string> _secret = new("--secret")
    {
        Description = "Playing: what the played accounts' passwords are derived from.",
        DefaultValueFactory = _ => "roost replay",
    };

    private readonly Option<int> _concurrency = new("--concurrency")
    {
        Description = "Playing: most requests under way at once.",
        DefaultValueFactory = _ => 32,
    };

    private readonly Option<bool> _bulk = new("--bulk")
    {
        Description = "Playing: thousands of posts in a request, at full speed. Only Roost takes that. All are in the "
            + "source's order then, so --verify expects that.",
    };

    public NetworkOptions()
    {
        AtLeast(_verify, 1);
        AtLeast(_first, 1);
        AtLeast(_concurrency, 1);
    }

    public Option<ulong> Seed => _seed;

    public void AddTo(Command command)
    {
        command.Options.Add(_data);
        command.Options.Add(_verify);
        command.Options.Add(_verifyOnly);
        command.Options.Add(_seed);
        command.Options.Add(_json);
        command.Options.Add(_verbose);
        command.Options.Add(_to);
        command.Options.Add(_cluster);
        command.Options.Add(_speed);
        command.Options.Add(_first);
        command.Options.Add(_secret);
        command.Options.Add(_concurrency);
        command.Options.Add(_bulk);
        command.Validators.Add(result =>
        {
            if (result.GetValue(_bulk) && result.GetValue(_speed) is { } speed && !double.IsInfinity(speed))
                result.AddError("--bulk plays at full speed; leave --speed out.");
            var (to, cluster) = (result.GetResult(_to), result.GetResult(_cluster));
            if (to is not null && cluster is not null)
                result.AddError("--cluster says where to play; leave --to out.");
            if (to is not null || cluster is not null) return;
            foreach (var playing in (Option[])[_speed, _first, _secret, _concurrency, _bulk])
            {
                if (result.GetResult(playing) is { Implicit: false })
                {
                    result.AddError(
                        $"{playing.Name} is about playing to a running server; "
                        + "give it with --to URL or --cluster DIR.");
                }
            }
        });
    }

    /// <exception cref="ServiceException">No cluster runs where one was named.</exception>
    public NetworkRunOptions Read(ParseResult parsed)
    {
        var cluster = parsed.GetValue(_cluster) is { } directory ? PlayedCluster.Find(directory) : null;
        return new NetworkRunOptions(
            parsed.GetValue(_data)!, parsed.GetValue(_verify), parsed.GetValue(_verifyOnly), parsed.GetValue(_seed),
            parsed.GetValue(_json), parsed.GetValue(_verbose), cluster?.Gateway ?? parsed.GetValue(_to),
            parsed.GetValue(_speed) ?? double.PositiveInfinity,
            parsed.GetValue(_first) ?? int.MaxValue, parsed.GetValue(_secret)!, parsed.GetValue(_concurrency),
            parsed.GetValue(_bulk), cluster);
    }

    public static void AtLeast(Option option, int least) => option.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < least)
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be at least {least}."));
    });

    public static void Between(Option<int> option, int least, int most) => option.Validators.Add(result =>
    {
        var value = result.GetValueOrDefault<int>();
        if (value < least || value > most)
        {
            result.AddError(
                string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be from {least} to {most}."));
        }
    });

    private static double? ParseSpeed(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "max") return double.PositiveInfinity;
        var ok = text.EndsWith('x')
            & double.TryParse(text.TrimEnd('x'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var speed);
        if (ok && speed > 0) return speed;
        result.AddError($"--speed must be a number above 0 with an x, as 60x or 0.5x, or max; not {text}.");
        return 0;
    }

    private static Uri? ParseServer(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https") return uri;
        result.AddError($"--to must be a URL as http://127.0.0.1:3000, not {text}.");
        return null;
    }
}

/// <param name="Verify">How many timelines to verify; 0 for none.</param>
/// <param name="To">The server to play to, or null to load offline.</param>
/// <param name="Cluster">Whose server that is, if it is a cluster's.</param>
internal sealed record NetworkRunOptions(
    string Data, int Verify, bool VerifyOnly, ulong Seed, bool Json, bool Verbose, Uri? To, double Speed, int First,
    string Secret, int Concurrency, bool Bulk, PlayedCluster? Cluster);

/// <summary>A cluster to play to.</summary>
/// <param name="Users">Where its Users service is called; so with <paramref name="Graph"/>.</param>
internal sealed record PlayedCluster(Uri Gateway, Uri Users, Uri Graph)
{
    /// <exception cref="ServiceException">None runs there.</exception>
    public static PlayedCluster Find(string directory)
    {
        var (_, record) = ClusterRecord.Find(directory);
        return new PlayedCluster(new Uri(record.Url), UrlOf(Role.Users), UrlOf(Role.Graph));

        Uri UrlOf(Role role) => new(record.Serving(role.Name).Url!);
    }
}
