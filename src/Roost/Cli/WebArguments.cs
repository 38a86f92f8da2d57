using System.CommandLine;
using Roost.Rpc;
using Roost.Web;

namespace Roost.Cli;

/// <summary>How the command line says what a community shows.</summary>
internal sealed class WebArguments
{
    private readonly Option<string?> _publicUrl = new("--public-url")
    {
        Description = "Where people reach it, when that is not where it listens (behind a proxy).",
        HelpName = "URL",
    };

    private readonly Option<string?> _title = new("--title")
    {
        Description = "The community's name.",
        HelpName = "NAME",
    };

    private readonly Option<string?> _community = new("--community")
    {
        Description = "A file in which the community says what it is (rules, policies and the like): "
            + "community.json in the data directory unless told.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _registrations = new("--registrations")
    {
        Description = "Who may make an account: open (unless told), approval or closed.",
        HelpName = "WHO",
    };

    private readonly Option<int?> _limits = new("--rate-limits")
    {
        Description = "How many times as often as on a Mastodon server everybody may ask: 1 unless told, 0 for "
            + "without limits. What each limit is stands in community.json. Programs on this machine are not "
            + "limited.",
        HelpName = "TIMES",
    };

    private readonly Option<string[]> _proxies = AddressOptions.Proxies();

    public WebArguments() => _registrations.AcceptOnlyFromAmong("open", "approval", "closed");

    /// <summary>Of a process that has the client port.</summary>
    public IReadOnlyList<Option> All => [_publicUrl, _title, _registrations, _community, _limits, _proxies];

    /// <summary>Of one that says what a community is elsewhere than on pages: in push messages.</summary>
    public IReadOnlyList<Option> OfName => [_publicUrl, _title, _community];

    /// <summary>Of one without a data directory, where the file must be named.</summary>
    public static WebArguments WithoutDirectory()
    {
        var web = new WebArguments();
        web._community.Description =
            "A file in which the community says what it is (rules, policies and the like); none unless told.";
        return web;
    }

    /// <param name="directory">The data directory; null for none.</param>
    public CommunityFile CommunityOf(ParseResult parsed, string? directory)
    {
        var file = parsed.GetValue(_community);
        return file is null && directory is null ? new CommunityFile() : CommunityFile.Read(file, directory ?? "");
    }

    /// <summary>What is given with the command goes before what is in the file.</summary>
    /// <returns>The options of who listens at a URL.</returns>
    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: an address is none.</exception>
    public Func<Uri, WebOptions> Read(ParseResult parsed, CommunityFile community)
    {
        var publicUrl = parsed.GetValue(_publicUrl);
        if (publicUrl is not null && !Uri.TryCreate(publicUrl, UriKind.Absolute, out _))
            throw new ServiceException(
                ErrorCode.Invalid, $"--public-url '{publicUrl}' is not a URL; give one like https://social.example.");
        var proxies = AddressOptions.Read(parsed, _proxies);
        return url =>
        {
            var web = community.ApplyTo(new WebOptions
            {
                PublicUrl = publicUrl is { } outside ? new Uri(outside) : url,
                Proxies = proxies,
            });
            if (parsed.GetValue(_limits) is { } times)
                web = web with { RateLimits = web.RateLimits with { Times = times } };
            if (parsed.GetValue(_title) is { } title) web = web with { Title = title };
            return parsed.GetValue(_registrations) is { } who
                ? web with { Registrations = Enum.Parse<Registrations>(who, ignoreCase: true) }
                : web;
        };
    }
}
