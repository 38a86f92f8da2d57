using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Xunit;

namespace Roost.Cluster.Tests.Crash;

/// <summary>Pictures in a process of their own, which is killed while some are sent.</summary>
public sealed class MediaUnderKillTests
{
    private const int Senders = 4;
    private const int TakenBefore = 20;

    // One pixel.
    private static readonly byte[] _picture = Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_picture_that_was_acknowledged_is_lost_and_nothing_else_is_held_up()
    {
        using var pictures = new Scratch();
        using var rest = new Scratch();
        await using var first = Serve(pictures.Data, "http://127.0.0.1:0");
        var url = (await first.SaysAsync("media is ready at ", Ct)).Split(' ')[^1].TrimEnd('.');
        await using var up = await RoostProcess.UpAsync(rest.Data, Ct, "--media", url);
        using var http = new HttpClient { BaseAddress = up.Url };
        using var client = new Client(up.Url);
        http.DefaultRequestHeaders.Authorization = new("Bearer", await client.JoinAsync("ada", Ct));
        var shown = await SendAsync(http) ?? throw new InvalidOperationException("A picture was not taken.");
        Assert.Equal(HttpStatusCode.OK, await PostAsync(http, "before", shown));

        var taken = new TaskCompletionSource();
        var acknowledged = new List<string>();
        var sending = Enumerable.Range(0, Senders).Select(_ => SendUntilRefusedAsync()).ToArray();
        await taken.Task.WaitAsync(Ct);
        await first.KillAsync(Ct);
        await Task.WhenAll(sending);
        Assert.Equal(HttpStatusCode.OK, await PostAsync(http, "while it is away"));
        var home = await http.GetFromJsonAsync<JsonElement[]>("/api/v1/timelines/home", Ct);
        Assert.Equal([0, 1], home!.Select(post => post.GetProperty("media_attachments").GetArrayLength()));

        await using var second = Serve(pictures.Data, url);
        await second.SaysAsync("media is ready at ", Ct);
        string? last;
        do last = await SendAsync(http);
        while (last is null);
        foreach (var id in (string[])[.. acknowledged, last])
        {
            HttpStatusCode status;
            do status = await PostAsync(http, $"picture {id}", id);
            while (status == HttpStatusCode.ServiceUnavailable);
            Assert.Equal(HttpStatusCode.OK, status);
        }
        var picture = home![1].GetProperty("media_attachments")[0].GetProperty("url").GetString();
        Assert.NotEmpty(await http.GetByteArrayAsync(picture, Ct));
        second.Stop();
        Assert.Equal(0, (await second.EndAsync(Ct)).ExitCode);
        var check = await RoostProcess.RunAsync(Ct, "check", "--data", pictures.Data);
        Assert.True(check.ExitCode == 0, $"{check}");

        async Task SendUntilRefusedAsync()
        {
            while (await SendAsync(http) is { } id)
            {
                lock (acknowledged)
                {
                    acknowledged.Add(id);
                    if (acknowledged.Count >= TakenBefore) taken.TrySetResult();
                }
            }
        }
    }

    private static RoostProcess Serve(string data, string listen) =>
        RoostProcess.Start("serve", "media", "--data", data, "--listen", listen);

    /// <summary>The picture's id; null when it was refused for now.</summary>
    private static async Task<string?> SendAsync(HttpClient http)
    {
        using var form = new MultipartFormDataContent();
        using var file = new ByteArrayContent(_picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(file, "file", "pixel.png");
        using var reply = await http.PostAsync("/api/v2/media", form, Ct);
        if (reply.StatusCode == HttpStatusCode.ServiceUnavailable) return null;
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync(Ct));
        return (await reply.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("id").GetString();
    }

    private static async Task<HttpStatusCode> PostAsync(HttpClient http, string text, params string[] pictures)
    {
        using var reply = await http.PostAsJsonAsync("/api/v1/statuses", new { status = text, media_ids = pictures }, Ct);
        return reply.StatusCode;
    }
}
