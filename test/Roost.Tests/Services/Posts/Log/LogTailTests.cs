using System.Buffers.Binary;
using Roost.Services.Posts.Log;
using Xunit;

namespace Roost.Tests.Services.Posts.Log;

public sealed class LogTailTests
{
    private const int Capacity = 2 * LogTail.PieceBytes;

    [Fact]
    public void What_was_added_last_is_there_and_what_was_before_is_not()
    {
        const int Seed = 20261126;
        var random = new Random(Seed);
        var tail = new LogTail(Capacity, start: 100);
        var stream = new byte[20 * Capacity];
        random.NextBytes(stream);
        var end = 100;
        while (end < stream.Length - Capacity)
        {
            var group = random.Next(1, Capacity / 3);
            tail.Append(end, stream.AsSpan(end, group));
            end += group;

            for (var i = 0; i < 20; i++)
            {
                var from = random.Next(Math.Max(100, end - Capacity), end);
                var copy = new byte[random.Next(1, end - from + 1)];
                Assert.True(tail.TryCopy(from, copy), $"seed {Seed}: {from} to {from + copy.Length} of {end}");
                Assert.True(stream.AsSpan(from, copy.Length).SequenceEqual(copy), $"seed {Seed}: bytes from {from} on");
            }
            Assert.False(tail.TryCopy(end - Capacity - 1, new byte[1]));
            Assert.False(tail.TryCopy(99, new byte[1]));
        }
    }

    [Fact]
    public void A_group_that_is_longer_than_all_of_it_is_left_to_the_disk()
    {
        var tail = new LogTail(Capacity, start: 0);
        tail.Append(0, new byte[10]);
        tail.Append(10, new byte[Capacity + 1]);

        Assert.False(tail.TryCopy(0, new byte[1]));
        Assert.False(tail.TryCopy(Capacity + 10, new byte[1]));

        tail.Append(Capacity + 11, [7]);
        var copy = new byte[1];
        Assert.True(tail.TryCopy(Capacity + 11, copy));
        Assert.Equal(7, copy[0]);
    }

    [Fact]
    public void Readers_never_get_bytes_that_were_written_over_meanwhile()
    {
        var tail = new LogTail(Capacity, start: 0);
        var end = 0L;
        var copied = 0;
        var writer = new Thread(() =>
        {
            var group = new byte[8 * 4_096];
            for (var position = 0L; position < 400L * Capacity; position += group.Length)
            {
                // Every eight bytes say where they are.
                for (var i = 0; i < group.Length; i += sizeof(long))
                    BinaryPrimitives.WriteInt64LittleEndian(group.AsSpan(i), position + i);
                tail.Append(position, group);
                Volatile.Write(ref end, position + group.Length);
            }
        });
        writer.Start();

        var copy = new byte[8 * 1_024];
        while (writer.IsAlive || copied == 0)
        {
            var last = Volatile.Read(ref end);
            foreach (var from in (ReadOnlySpan<long>)[last - copy.Length, last - Capacity, last - Capacity / 2])
            {
                if (from < 0 || !tail.TryCopy(from, copy))
                    continue;
                copied++;
                for (var i = 0; i < copy.Length; i += sizeof(long))
                    Assert.Equal(from + i, BinaryPrimitives.ReadInt64LittleEndian(copy.AsSpan(i)));
            }
        }
        writer.Join();

        Assert.True(copied > 0);
    }
}
