using Microsoft.AspNetCore.Http;

namespace Roost.Operations.Gateway;

/// <summary>
/// One of the things that a gateway serves, told apart by path, each with instances of its own or together with
/// others: see <see cref="Applications"/>.
/// </summary>
/// <param name="Name">As <c>--to</c> and discovery have it.</param>
/// <param name="Part">Of the places of instances that it shares with other applications: above 0, at most 1.</param>
/// <param name="BodyBytesMax">Of a request.</param>
/// <param name="SilenceTimes">How many times as long as others' its instances may be silent.</param>
internal sealed record Application(int Index, string Name, double Part, long BodyBytesMax, int SilenceTimes = 1)
{
    /// <summary>Its requests stay for hours; how long they take says nothing.</summary>
    public bool IsStreaming => this == Applications.Streaming;
}

/// <summary>What there is. The instances of <see cref="Web"/> serve whatever has none of its own.</summary>
internal static class Applications
{
    /// <summary>Where programs load many posts at once.</summary>
    public const string BulkPath = "/api/roost/v1/posts";

    public const long BulkBytesMax = 256L << 20;

    private const long FormBytesMax = 64L << 10;

    /// <summary>Pages for people, which take four pictures at once.</summary>
    public static readonly Application Web = new(0, "web", 0.9, 68L << 20);

    /// <summary>What apps ask for; a profile has two pictures.</summary>
    public static readonly Application Api = new(1, "api", 1, 34L << 20);

    /// <summary>What looks through many posts or accounts.</summary>
    public static readonly Application Search = new(2, "search", 0.5, FormBytesMax);

    /// <summary>Pictures, both ways.</summary>
    public static readonly Application Media = new(3, "media", 0.5, 18L << 20, SilenceTimes: 2);

    /// <summary>Connections that stay: events and WebSockets.</summary>
    public static readonly Application Streaming = new(4, "streaming", 1, FormBytesMax, SilenceTimes: 2);

    public static readonly Application[] All = [Web, Api, Search, Media, Streaming];

    private static readonly (PathString Path, Application Application)[] _paths =
    [
        ("/api/v1/streaming", Streaming),
        ("/live", Streaming),
        ("/api/v2/search", Search),
        ("/api/v1/accounts/search", Search),
        ("/search", Search),
        ("/api/v1/media", Media),
        ("/api/v2/media", Media),
        ("/media", Media),
        ("/api", Api),
        ("/oauth", Api),
    ];

    public static Application Of(PathString path)
    {
        foreach (var (prefix, application) in _paths)
        {
            if (path.StartsWithSegments(prefix, StringComparison.Ordinal)) return application;
        }
        return Web;
    }
}
