using System.Buffers.Binary;
using SkiaSharp;

namespace Roost.Tests.Services.Media;

/// <summary>Pictures made for tests.</summary>
internal static class Pictures
{
    /// <summary>Left half red, right half blue.</summary>
    public static byte[] TwoHalves(int width, int height, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Blue);
        using var red = new SKPaint { Color = SKColors.Red };
        canvas.DrawRect(0, 0, width / 2, height, red);
        canvas.Flush();
        return bitmap.Encode(format, 90).ToArray();
    }

    /// <summary>Every pixel of another colour, so that it takes some three bytes each.</summary>
    public static byte[] Noise(int width, int height, SKEncodedImageFormat format)
    {
        var random = new Random(1);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        random.NextBytes(bitmap.GetPixelSpan());
        return bitmap.Encode(format, 90).ToArray();
    }

    /// <summary>The JPEG with an EXIF block that has an orientation (1 to 8) and a text where cameras write their
    /// names.</summary>
    public static byte[] WithExif(byte[] jpeg, ushort orientation, string camera)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(camera + "\0");
        var tiff = new byte[8 + 2 + 2 * 12 + 4 + text.Length];
        "MM\0*\0\0\0\u0008"u8.CopyTo(tiff);
        BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(8), 2);
        Entry(tiff.AsSpan(10), 0x0110, 2, text.Length, (uint)(8 + 2 + 24 + 4));
        Entry(tiff.AsSpan(22), 0x0112, 3, 1, (uint)orientation << 16);
        text.CopyTo(tiff, 38);
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        var length = (ushort)(body.Length + 2);
        return [0xFF, 0xD8, 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. body, .. jpeg.AsSpan(2)];
    }

    /// <summary>A GIF of two frames of one pixel, with a comment.</summary>
    public static byte[] AnimatedGif(string comment)
    {
        byte[] frame =
        [
            0x21, 0xF9, 4, 0, 10, 0, 0, 0,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0,
        ];
        return
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255,
            0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0,
            0x21, 0xFE, (byte)comment.Length, .. System.Text.Encoding.ASCII.GetBytes(comment), 0,
            .. frame, .. frame, 0x3B,
        ];
    }

    /// <summary>A PNG whose header says that it has so many pixels, and that has next to none.</summary>
    public static byte[] Bomb(int width, int height)
    {
        var png = TwoHalves(8, 8, SKEncodedImageFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), PngCrc(png.AsSpan(12, 17)));
        return png;
    }

    private static uint PngCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1;
        }
        return ~crc;
    }

    private static void Entry(Span<byte> to, ushort tag, ushort type, int count, uint value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, tag);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], type);
        BinaryPrimitives.WriteInt32BigEndian(to[4..], count);
        BinaryPrimitives.WriteUInt32BigEndian(to[8..], value);
    }
}
