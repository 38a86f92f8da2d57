using Microsoft.Extensions.Logging;
using Roost.Rpc;
using Roost.Rpc.Filters;
using Roost.Services.Media;
using Roost.Services.Storage;

namespace Roost.Composition;

/// <summary>The Media service as a node has it: its own, called directly, or another process's, which need not be
/// there: all but pictures goes on.</summary>
/// <param name="Owner">What is closed with the node.</param>
internal sealed record MediaHere(IAsyncDisposable Owner, MediaApi Media)
{
    /// <summary>As those of a service in this process have.</summary>
    private static readonly TimeSpan _answerMax = TimeSpan.FromSeconds(10);

    /// <exception cref="ServiceException">The directory's pictures are elsewhere, or here, other than the options
    /// say; or they cannot be opened.</exception>
    public static MediaHere Open(DataDirectory data, NodeOptions options, NodeTools tools)
    {
        if (options.MediaElsewhere is { } where)
        {
            RolePlace.Media.RequireNone(data);
            return Connect(where, options.Media.Limits, tools);
        }
        RolePlace.Media.RequireOwn(data);
        var own = MediaService.Open(data, options.Media, tools.Time, tools.Loggers, tools.Meters);
        DataParts.Note(data, RolePlace.Media.Parts);
        return new MediaHere(own, own.Api);
    }

    /// <summary>A service of this process gets this process's filters; that of another has the client's around it
    /// already.</summary>
    public MediaApi Behind(ServiceStack stack) => Owner is MediaService ? Media.With(stack) : Media;

    private static MediaHere Connect(Elsewhere where, MediaLimits limits, NodeTools tools)
    {
        var way = new RoleElsewhere(Role.Media.Name, where, tools);
        return new MediaHere(way, Over(way, limits, tools));
    }

    /// <summary>The service over whoever answers for it.</summary>
    /// <param name="limits">What is told to clients; the service has its own, and says so.</param>
    public static MediaApi Over(RoleElsewhere way, MediaLimits limits, NodeTools tools)
    {
        var policy = way.UsualPolicy with { TimeoutMax = _answerMax };
        var media = MediaRemote.ConnectMedia(way.Connect(Role.Media.Name, policy), limits);
        // Apart: a picture takes a hundred times as long as anything else. What is refused for now is not sent again.
        var uploads = way.Connect(
            "media.upload", policy with { TimeoutMax = Filtered.Pictures.TimeoutMax, TriesMax = 1 });
        var places = new ConcurrencyLimitFilter(
            "media.upload", Filtered.Pictures.AtWorkMax, Filtered.Pictures.WaitingMax, tools.Time);
        media = media with
        {
            Upload = Telling(places.Apply(uploads.Function(MediaRemote.MediaUpload))),
            Use = Telling(media.Use),
        };
        return new UncertainUses(media, tools.Loggers.CreateLogger<UncertainUses>()).Api;
    }

    /// <summary>Tells people what cannot be had, rather than which function of which service.</summary>
    private static Service<TRequest, TReply> Telling<TRequest, TReply>(Service<TRequest, TReply> next) =>
        async (request, call) =>
        {
            try
            {
                return await next(request, call);
            }
            catch (ServiceException away) when (away.Code == ErrorCode.Unavailable)
            {
                throw MediaApi.Away(away);
            }
        };
}
