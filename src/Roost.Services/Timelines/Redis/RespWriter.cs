using System.Globalization;
using System.Text;

namespace Roost.Services.Timelines.Redis;

/// <summary>Commands as they are sent, one behind the other: words with their lengths. Not thread-safe.</summary>
internal sealed class RespWriter
{
    /// <summary>What a word takes beside its bytes, at most.</summary>
    private const int WordRoom = 16;

    private byte[] _buffer;

    public RespWriter(int bytes = 256) => _buffer = new byte[bytes];

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public int Length { get; private set; }

    /// <summary>How many commands.</summary>
    public int Commands { get; private set; }

    public void Clear() => (Length, Commands) = (0, 0);

    /// <summary>A whole command.</summary>
    public RespWriter Command(string name, params ReadOnlySpan<string> words)
    {
        Begin(1 + words.Length);
        Word(name);
        foreach (var word in words)
            Word(word);
        return this;
    }

    /// <summary>Begins a command of so many words, its name included.</summary>
    public void Begin(int words)
    {
        Prefix((byte)'*', words);
        Commands++;
    }

    public void Word(string word)
    {
        var length = Encoding.UTF8.GetByteCount(word);
        Prefix((byte)'$', length);
        var to = Reserve(length + 2);
        Encoding.UTF8.GetBytes(word, to);
        End(to, length);
    }

    public void Word(ReadOnlySpan<byte> word)
    {
        Prefix((byte)'$', word.Length);
        var to = Reserve(word.Length + 2);
        word.CopyTo(to);
        End(to, word.Length);
    }

    /// <summary>A word of a name and a number: <c>{7}e42</c>.</summary>
    public void Word(ReadOnlySpan<byte> name, uint number)
    {
        var length = name.Length + Digits(number);
        Prefix((byte)'$', length);
        var to = Reserve(length + 2);
        name.CopyTo(to);
        Put(number, to[name.Length..]);
        End(to, length);
    }

    /// <summary>What is all bytes of commands already.</summary>
    public void Raw(ReadOnlySpan<byte> bytes, int commands)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
        Commands += commands;
    }

    private void Prefix(byte kind, int number)
    {
        var to = Reserve(WordRoom);
        to[0] = kind;
        var digits = Digits((uint)number);
        Put((uint)number, to[1..]);
        End(to, 1 + digits);
    }

    private void End(Span<byte> to, int length)
    {
        "\r\n"u8.CopyTo(to[length..]);
        Length += length + 2;
    }

    private static int Digits(uint number)
    {
        var digits = 1;
        for (; number >= 10; number /= 10)
            digits++;
        return digits;
    }

    private static void Put(uint number, Span<byte> to) =>
        number.TryFormat(to, out _, default, CultureInfo.InvariantCulture);

    private Span<byte> Reserve(int bytes)
    {
        if (_buffer.Length - Length < bytes)
            Array.Resize(ref _buffer, Math.Max(2 * _buffer.Length, Length + bytes));
        return _buffer.AsSpan(Length);
    }
}
