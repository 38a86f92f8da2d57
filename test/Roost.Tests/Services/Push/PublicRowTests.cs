using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Roost.Engine.Ids;
using Roost.Services.Graph;
using Roost.Services.Push;
using Roost.Tests.Services.Timelines;
using Xunit;

namespace Roost.Tests.Services.Push;

/// <summary>The streams of the public timeline, which are most of all there are where there are many.</summary>
public sealed class PublicRowTests
{
    private const int Readers = 50;

    private readonly ConcurrentQueue<(PostId Post, string[] Told)> _told = new();
    private bool _isCopied;

    [Fact]
    public async Task A_post_is_told_to_all_public_streams_from_the_row_where_they_stand()
    {
        await using var network = await TestNetwork.StartAsync(Readers + 2);
        network.Push.Attach(Deliver);
        var author = Readers + 1;
        for (var reader = 1; reader <= Readers; reader++) await OpenAsync(network, reader, StreamKind.Public);
        await OpenAsync(network, author, StreamKind.User);

        await network.PostAsync(author);
        await network.PostAsync(author);
        await network.Push.Pushed(new AwaitPush(), TestNetwork.Call);

        Assert.Equal(2, _told.Count);
        Assert.All(_told, one => Assert.Equal(
            Enumerable.Range(1, Readers).Select(i => $"{i} Public").Append($"{author} User").Order(), one.Told.Order()));
        Assert.False(_isCopied);
    }

    [Fact]
    public async Task One_reader_with_a_rule_and_one_who_wants_pictures_are_left_out_and_the_others_are_not()
    {
        await using var network = await TestNetwork.StartAsync(5);
        network.Push.Attach(Deliver);
        for (var reader = 1; reader <= 3; reader++) await OpenAsync(network, reader, StreamKind.Public);
        await OpenAsync(network, 4, StreamKind.PublicMedia);
        await network.PostAsync(5);
        await network.Push.Pushed(new AwaitPush(), TestNetwork.Call);

        await network.Relations.Mute(new Mute(new AccountId(2), new AccountId(5)), TestNetwork.Call);
        await network.PostAsync(5);
        await network.Push.Pushed(new AwaitPush(), TestNetwork.Call);

        Assert.Equal(
            [["1 Public", "2 Public", "3 Public"], ["1 Public", "3 Public"]],
            _told.Select(one => one.Told.Order().ToArray()));
    }

    private static async Task OpenAsync(TestNetwork network, int reader, StreamKind kind) => await network.Push.Open(
        new OpenStream(new PushStream(new AccountId(reader), new StreamTopic(kind), new object())), TestNetwork.Call);

    private PushDelivered Deliver(PushTurn turn)
    {
        for (var i = 0; i < turn.Events.Count; i++)
        {
            var told = new List<string>();
            for (var part = 0; part < turn.PartsOf(i); part++)
            {
                foreach (var stream in turn.StreamsOf(i, part)) told.Add($"{stream.Viewer.Value} {stream.Topic.Kind}");
            }
            _told.Enqueue((turn.Events[i].Post, [.. told]));
            _isCopied |= turn.PartsOf(i) < 2 || turn.StreamsOf(i, 1).Length != Readers
                || (i > 0 && !Unsafe.AreSame(
                    ref MemoryMarshal.GetReference(turn.StreamsOf(i, 1)),
                    ref MemoryMarshal.GetReference(turn.StreamsOf(0, 1))));
        }
        return default;
    }
}
