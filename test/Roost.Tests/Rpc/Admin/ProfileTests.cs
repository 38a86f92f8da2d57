using System.Net;
using System.Text.Json;
using Roost.Composition;
using Roost.Rpc.Admin.Profiles;
using Roost.Tests.Web.Hostile;
using Xunit;

namespace Roost.Tests.Rpc.Admin;

[Collection(nameof(HostileInputTests.Alone))]
public sealed class ProfileTests : IAsyncLifetime
{
    private AdminPort _admin = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _admin = await AdminPort.StartAsync(new("http://127.0.0.1:0", "up"), () => { }, Ct);
        _http = new HttpClient { BaseAddress = _admin.Url };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _admin.DisposeAsync();
    }

    [Fact]
    public async Task Threads_are_shown_with_their_names_and_what_they_took()
    {
        using var told = new ManualResetEventSlim();
        var waiting = new Thread(() => told.Wait(Ct)) { Name = "told later" };
        waiting.Start();

        using var json = JsonDocument.Parse(await _http.GetStringAsync("/admin/threads.json", Ct));
        var page = await _http.GetStringAsync("/admin/threads", Ct);
        told.Set();
        waiting.Join();

        Assert.True(json.RootElement.GetProperty("pool").GetProperty("threads").GetInt32() > 0);
        Assert.True(json.RootElement.GetProperty("threads").GetArrayLength() > 3);
        if (OperatingSystem.IsLinux()) Assert.Contains("<td>told later<td>", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trace_tells_what_ran_and_where_threads_are()
    {
        using var enough = new CancellationTokenSource();
        var spinning = new Thread(() => SpinUntilToldSo(enough.Token));
        spinning.Start();

        using var trace = await EventTrace.CollectAsync(TimeSpan.FromMilliseconds(300), TimeProvider.System, Ct);
        await enough.CancelAsync();
        spinning.Join();

        using var profile = JsonDocument.Parse(StackSamples.Speedscope(trace));
        Assert.Contains(
            profile.RootElement.GetProperty("shared").GetProperty("frames").EnumerateArray(),
            frame => frame.GetProperty("name").GetString()!.Contains(nameof(SpinUntilToldSo), StringComparison.Ordinal));
        Assert.Contains(
            StackSamples.Last(trace).Values,
            stack => stack.Any(frame => frame.Contains(nameof(SpinUntilToldSo), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_heap_is_told_by_type()
    {
        var kept = Enumerable.Range(0, 1_000).Select(_ => new KeptByProfileTests()).ToArray();

        using var heap = JsonDocument.Parse(await _http.GetStringAsync("/admin/pprof/heap.json", Ct));

        var type = heap.RootElement.GetProperty("types").EnumerateArray()
            .Single(one => one.GetProperty("name").GetString()!.EndsWith(
                nameof(KeptByProfileTests), StringComparison.Ordinal));
        Assert.Equal(1_000, type.GetProperty("objects").GetInt32());
        Assert.True(heap.RootElement.GetProperty("bytes").GetInt64() > type.GetProperty("bytes").GetInt64());
        GC.KeepAlive(kept);
    }

    [Fact]
    public async Task What_cannot_be_asked_for_is_said_and_one_profile_is_taken_at_a_time()
    {
        using (EventTrace.Enter())
        {
            using var busy = await _http.GetAsync("/admin/pprof/heap", Ct);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, busy.StatusCode);
            Assert.Contains("Another profile", await busy.Content.ReadAsStringAsync(Ct), StringComparison.Ordinal);
        }
        foreach (var query in (string[])["seconds=0", "seconds=121", "seconds=1&format=svg"])
        {
            using var refused = await _http.GetAsync("/admin/pprof/profile?" + query, Ct);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
    }

    private static void SpinUntilToldSo(CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            // For the profile to see.
        }
    }

    private sealed class KeptByProfileTests
    {
        public int Value { get; set; }
    }
}
