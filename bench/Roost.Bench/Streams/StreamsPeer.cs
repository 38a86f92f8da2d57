using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Roost.Bench.Streams;

/// <summary>
/// What Roost's streams are compared with, in a process of its own: constant bytes to as many streams. It says its port
/// first, then does what it is told by lines on stdin:
/// <code>
///   send BYTES TIMES   writes a message of that length so many times to all; answers how many seconds that took
///   pace POSTS SECONDS READERS FILE   of sockets alone: so many posts a second, each written to that file and synced
///                      before it goes to so many readers; answers how many messages that was
///   usage              answers how many ns of processor time the process has had
/// </code>
/// </summary>
internal static class StreamsPeer
{
    public const string Bare = "bare";
    public const string Raw = "raw";

    private const string Name = "streams-peer";

    /// <summary>What the benchmark starts its peers with; not for people.</summary>
    public static Command Verb()
    {
        var kind = new Argument<string>("kind");
        kind.AcceptOnlyFromAmong(Bare, Raw);
        var command = new Command(Name, "Constant bytes for the streams benchmark.") { kind };
        command.Hidden = true;
        command.SetAction((parsed, ct) => parsed.GetValue(kind) == Bare ? ServeBareAsync(ct) : ServeRawAsync());
        return command;
    }

    /// <summary>Starts one.</summary>
    /// <returns>With where it is reached.</returns>
    public static async Task<(LineProcess Process, Uri Url)> StartAsync(string kind)
    {
        var process = new LineProcess([Name, kind], []);
        return (process, new Uri($"http://127.0.0.1:{await process.AskAsync("port")}"));
    }

    private static async Task ServeBareAsync(CancellationToken ct)
    {
        await using var bare = await BareStreams.StartAsync(ct);
        await ServeAsync(bare.Url, (message, times) => bare.SendAsync(message, times));
    }

    private static async Task ServeRawAsync()
    {
        await using var raw = new RawStreams();
        await ServeAsync(raw.Url, (message, times) => Task.Run(() => raw.Send(message, times)), raw);
    }

    private static async Task ServeAsync(Uri url, Func<byte[], int, Task> sendAsync, RawStreams? raw = null)
    {
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            await Console.Out.WriteLineAsync(words[0] switch
            {
                "port" => $"{url.Port}",
                "send" => await SendAsync(words),
                "pace" => Format(await PaceAsync(raw!, words)),
                _ => Format(Environment.CpuUsage.TotalTime.TotalNanoseconds),
            });
        }

        async Task<string> SendAsync(string[] words)
        {
            var message = MessageOf(int.Parse(words[1], CultureInfo.InvariantCulture));
            var start = Stopwatch.GetTimestamp();
            await sendAsync(message, int.Parse(words[2], CultureInfo.InvariantCulture));
            return Format(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    private static Task<long> PaceAsync(RawStreams raw, string[] words)
    {
        var numbers = words[1..4].Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return raw.PaceAsync(numbers[0], numbers[1], numbers[2], words[4]);
    }

    /// <summary>An event of that many bytes that says nothing.</summary>
    private static byte[] MessageOf(int length) =>
        Encoding.ASCII.GetBytes("data: ".PadRight(length - 2, 'x') + "\n\n");

    private static string Format(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
