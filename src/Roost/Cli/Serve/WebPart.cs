using System.CommandLine;
using Roost.Composition;
using Roost.Rpc;

namespace Roost.Cli.Serve;

/// <summary><c>roost serve web</c>: the client port, of which there may be many.</summary>
internal sealed class WebPart : ServePart
{
    private const int UsualPort = 3000;

    /// <summary>Instead of where timelines run.</summary>
    private const string Here = "here";

    private readonly ClientPortOptions _options = new(UsualPort, "gateways find this process as web.");

    private readonly Option<string[]> _timelines = NodeArguments.PlaceOption(TimelinesRole.Name, "Timelines");

    private readonly Option<string?> _data = new("--data", "-d")
    {
        Description = "With --timelines here: a directory of its own for the copy of the posts, which is made "
            + "again when it is lost.",
        HelpName = "DIR",
    };

    private readonly Option<string?> _database = DataOption.Database();
    private readonly Option<string[]> _media = NodeArguments.PlaceOption("media", "Media");

    public WebPart() : base(
        GatewayServer.WebName, UsualPort,
        "Run the client port (the client API, pages, streams) over services elsewhere. It keeps nothing: as many "
        + "as are wanted run beside each other.\n\n"
        + $"Example: roost serve web --posts http://127.0.0.1:4005 --listen http://127.0.0.1:{UsualPort}")
    {
        _timelines.HelpName = "URL|store|here";
        _timelines.Description = "Where timelines have processes of their own that 'roost serve timelines' started, to "
            + "have pages from those rather than from posts: a URL (give it again for each), or the word store when "
            + "they are found through --store. With the word here pages are made by this process, which follows the "
            + "posts for that and keeps a copy of them.";
        _database.Description = "With --timelines here: the PostgreSQL database of the posts, as roost serve posts has "
            + "it. The directory remembers it, without its password.";
        _media.Description = "Where the Media service runs that 'roost serve media' started, to ask it directly rather "
            + "than by way of posts: its URL, or the word store when it is found through --store.";
    }

    public override IReadOnlyList<Option> Options =>
        [_options.Listen, .. _options.Places, _timelines, _data, _database, _media, .. _options.Rest];

    public override AdminOptions With(AdminOptions admin) => admin.WithLive();

    public override ServeStart Read(ParseResult parsed, ServePlace place)
    {
        var store = _options.StoreOf(parsed);
        var pages = parsed.GetValue(_timelines) ?? [];
        var here = HereOf(pages, parsed, place);
        return _options.StartOf(Name, parsed, place, options => options with
        {
            Timelines = here is null
                ? place.Find(TimelinesRole.Name, () => NodeArguments.ElsewhereOf(TimelinesRole.Name, pages, store))
                : null,
            TimelinesHere = here,
            Media = place.Find(
                Role.Media.Name, () => NodeArguments.ElsewhereOf("media", parsed.GetValue(_media) ?? [], store)),
        });
    }

    private TimelinesHere? HereOf(string[] timelines, ParseResult parsed, ServePlace place)
    {
        var (data, database) = (parsed.GetValue(_data), parsed.GetValue(_database));
        if (timelines is [Here])
        {
            return new TimelinesHere(
                place.DataOf(Name, data ?? throw new ServiceException(
                    ErrorCode.Invalid, "--timelines here keeps a copy of the posts: say where with --data DIR.")),
                database);
        }
        return !place.IsAlone || (data ?? database) is null
            ? null
            : throw new ServiceException(
                ErrorCode.Invalid, "--data and --database are of use with --timelines here: else web keeps nothing.");
    }
}
