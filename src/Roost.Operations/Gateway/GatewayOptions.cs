using System.Net;
using Roost.Rpc;
using Roost.Rpc.Admission;
using Roost.Rpc.Balancing;

namespace Roost.Operations.Gateway;

/// <summary>How a <see cref="GatewayApp"/> stands before its applications.</summary>
public sealed record GatewayOptions
{
    /// <summary>Where applications run, by name: URLs without a path. What has none, and is not found through a store
    /// either, is served by <c>web</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<Uri>> To { get; init; } =
        new Dictionary<string, IReadOnlyList<Uri>>();

    /// <summary>Proxies in front of this one that are believed when they tell for whom they ask, beside those on this
    /// machine.</summary>
    public IReadOnlyList<IPNetwork> Proxies { get; init; } = [];

    /// <summary>How many requests are let in to the instances of an application.</summary>
    /// <remarks>Eight always are: what takes a tenth of a millisecond waits as long within an instance as here, and
    /// there it costs nothing.</remarks>
    public AdmissionOptions Admission { get; init; } = new() { LimitMin = 8 };

    /// <summary>How instances are chosen.</summary>
    public BalancerOptions Balancing { get; init; } = new();

    /// <summary>Streams that are open at a time, 1 or more; each takes two sockets.</summary>
    public int StreamsMax { get; init; } = 4_000;

    /// <summary>How long an instance may say nothing before its answer is given up; twice as long where pictures are
    /// made and on streams, which are quiet for 15 s at most.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request waits for somebody to send it to, when nobody is there and applications are found
    /// through a store, in which another one may be told any moment.</summary>
    public TimeSpan GapMax { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long after a gap those that do not get in wait as in one, up to <see cref="GapMax"/>: all that came
    /// in the gap are let in then, by somebody who has just begun.</summary>
    public TimeSpan BehindMax { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How many requests to an application wait so at a time; others are refused at once.</summary>
    public int GapWaitingMax { get; init; } = 2_000;

    /// <summary>How long somebody may take to send a body, from its first byte to its last.</summary>
    public TimeSpan UploadMax { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Of choices and of <c>Retry-After</c>.</summary>
    public ulong Seed { get; init; }

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: says what is wrong, for who wrote
    /// it.</exception>
    public void Validate(bool hasStore)
    {
        var names = string.Join(", ", Applications.All.Select(application => application.Name));
        foreach (var (name, urls) in To)
        {
            if (!Applications.All.Any(application => application.Name == name))
                throw Wrong($"there is no application '{name}'; there are {names}.");
            if (urls.Count == 0) throw Wrong($"{name} has no address; give one like {name}=http://127.0.0.1:3000.");
            foreach (var url in urls)
            {
                if (!url.IsAbsoluteUri || url.Scheme != Uri.UriSchemeHttp || url.PathAndQuery != "/")
                    throw Wrong(
                        $"'{url}' is no address of {name}; give one like http://127.0.0.1:3000, without a path.");
            }
            if (urls.Distinct().Count() < urls.Count) throw Wrong($"{name} has the same address twice.");
        }
        if (!hasStore && !To.ContainsKey(Applications.Web.Name))
        {
            throw Wrong(
                "nobody serves web, which takes all that has no instances of its own; give web=URL, or a store in "
                + "which it is found.");
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(StreamsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(SilenceMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(UploadMax, TimeSpan.Zero);
    }

    private static ServiceException Wrong(string what) => new(ErrorCode.Invalid, "The gateway is not set up: " + what);
}
