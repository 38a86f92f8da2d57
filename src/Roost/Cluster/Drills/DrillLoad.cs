using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Roost.Replay.Online;

namespace Roost.Cluster.Drills;

/// <summary>A request of a drill, as its client met it.</summary>
/// <param name="Due">When it was meant, from the load's start; what it took counts from then.</param>
/// <param name="Error">What came instead of an answer; null when it was answered.</param>
/// <param name="Again">Whether it was sent to another gateway, since the first was not there.</param>
/// <param name="Partial">Whether its answer said that some posts were not looked through.</param>
internal readonly record struct DrillCall(TimeSpan Due, TimeSpan Took, string? Error, bool Again, bool Partial);

/// <summary>A post of a drill.</summary>
/// <param name="Key">Its idempotency key.</param>
internal sealed record DrillPost(int Author, string Key, string Text)
{
    /// <summary>As it was acknowledged; null when it was not, so that nobody knows what became of it.</summary>
    public string? Id { get; set; }
}

/// <summary>
/// Home reads, posts and searches for these at a steady rate, whatever comes of them, by clients that know all
/// gateways: one that does not answer the telephone is left for the next, as with several addresses of one name.
/// Nothing else is tried again.
/// </summary>
/// <remarks>At most so many are under way as come due within a client's patience, ten seconds.</remarks>
internal sealed class DrillLoad : IDisposable
{
    /// <summary>Of all requests one in so many is a post.</summary>
    private const int ReadsPerPost = 5;

    /// <summary>Of all requests one in so many is a search, and one asks for notifications, between posts.</summary>
    private const int ReadsPerOther = 10;
    private const int SearchPlace = 3;
    private const int NotificationsPlace = 7;

    private const string PartialHeader = "Roost-Partial";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient[] _gateways;
    private readonly OnlineAccount[] _people;
    private readonly int _perSecond;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ConcurrentQueue<DrillCall> _calls = new();
    private readonly ConcurrentQueue<DrillPost> _posts = new();

    public DrillLoad(IReadOnlyList<Uri> gateways, OnlineAccount[] people, int perSecond, TimeProvider time)
    {
        _gateways = [.. gateways.Select(url => new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = url,
            Timeout = _patience,
        })];
        (_people, _perSecond, _time, _start) = (people, perSecond, time, time.GetTimestamp());
    }

    /// <summary>Since the load's start.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    public int PerSecond => _perSecond;

    /// <summary>Those that have ended.</summary>
    public DrillCall[] Calls => [.. _calls];

    public IReadOnlyCollection<DrillPost> Posts => _posts;

    public void Dispose()
    {
        foreach (var gateway in _gateways) gateway.Dispose();
    }

    /// <summary>Sends until <paramref name="stop"/> is cancelled, and waits for what is under way.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var sent = new List<Task>();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var due = TimeSpan.FromSeconds((double)number / _perSecond);
            var early = due - Now;
            if (early > TimeSpan.Zero)
                await Task.Delay(early, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested) break;
            sent.RemoveAll(task => task.IsCompletedSuccessfully);
            sent.Add(CallAsync(number, due));
        }
        await Task.WhenAll(sent);
    }

    private async Task CallAsync(int number, TimeSpan due)
    {
        var person = number / ReadsPerPost % _people.Length;
        var post = number % ReadsPerPost == 0 ? NextPost(person, number) : null;
        var (error, again, partial) = await TryAsync(number, person, post);
        _calls.Enqueue(new DrillCall(due, Now - due, error, again, partial));
    }

    private DrillPost NextPost(int author, int number)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"Drill {number} of {_people[author].Username}");
        var post = new DrillPost(author, text, text);
        _posts.Enqueue(post);
        return post;
    }

    private async Task<(string? Error, bool Again, bool Partial)> TryAsync(int number, int person, DrillPost? post)
    {
        for (var i = 0; ; i++)
        {
            var gateway = _gateways[(number + i) % _gateways.Length];
            try
            {
                using var request = Request(number, person, post);
                using var reply = await gateway.SendAsync(request);
                if (!reply.IsSuccessStatusCode) return ($"HTTP {(int)reply.StatusCode}", i > 0, false);
                var json = await reply.Content.ReadFromJsonAsync<JsonElement>();
                if (post is not null) post.Id = json.GetProperty("id").GetString();
                return (null, i > 0, reply.Headers.Contains(PartialHeader));
            }
            catch (HttpRequestException failure)
            {
                if (i + 1 == _gateways.Length) return (failure.HttpRequestError.ToString(), i > 0, false);
            }
            catch (TaskCanceledException)
            {
                return ("no answer in 10 s", i > 0, false);
            }
        }
    }

    private HttpRequestMessage Request(int number, int person, DrillPost? post)
    {
        var request = post is null
            ? new HttpRequestMessage(HttpMethod.Get, ReadOf(number))
            : new HttpRequestMessage(HttpMethod.Post, "/api/v1/statuses")
            {
                Content = new FormUrlEncodedContent([new("status", post.Text)]),
            };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _people[person].Token);
        if (post is not null) request.Headers.Add("Idempotency-Key", post.Key);
        return request;
    }

    /// <summary>Home; notifications; or a search for the post that was made half the load's time ago.</summary>
    private static string ReadOf(int number) => (number % ReadsPerOther) switch
    {
        SearchPlace => string.Create(
            CultureInfo.InvariantCulture,
            $"/api/v2/search?type=statuses&q=Drill+{number / 2 / ReadsPerPost * ReadsPerPost}"),
        NotificationsPlace => "/api/v1/notifications",
        _ => "/api/v1/timelines/home",
    };
}
