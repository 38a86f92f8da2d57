using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Roost.Services.WebPush;
using Xunit;

namespace Roost.Tests.Services.WebPush;

public sealed class MessageEncryptionTests
{
    [Fact]
    public void The_example_of_RFC_8291_comes_out_byte_for_byte()
    {
        using var key = SenderKey(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
            "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        var target = new PushTarget(
            "https://push.example.net/push",
            Base64Url.DecodeFromChars(
                "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            Base64Url.DecodeFromChars("BTBZMqHH6r4Tts7J_aSIgg"), IsStandard: true);

        var message = MessageEncryption.Encrypt(
            "When I grow up, I want to be a watermelon"u8, target, key,
            Base64Url.DecodeFromChars("DGv6ra1nlYgDCS1FRnbzlw"));

        Assert.Equal(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w"
            + "EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
            Base64Url.EncodeToString(message.Body));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_encrypted_its_receiver_reads_and_nobody_else(bool isStandard)
    {
        using var device = new Device();
        using var other = new Device();
        var text = Encoding.UTF8.GetBytes(new string('ü', 1_400));

        var message = MessageEncryption.Encrypt(text, device.TargetAt("https://push.example/", isStandard));
        var push = new ReceivedPush("", new Dictionary<string, string>
        {
            ["content-encoding"] = isStandard ? "aes128gcm" : "aesgcm",
            ["encryption"] = "salt=" + Base64Url.EncodeToString(message.Salt),
            ["crypto-key"] = "dh=" + Base64Url.EncodeToString(message.SenderKey),
        }, message.Body);

        Assert.Equal(text, device.Read(push));
        Assert.ThrowsAny<CryptographicException>(() => other.Read(push));
        Assert.InRange(message.Body.Length, 0, 4_096);
    }

    private static ECDiffieHellman SenderKey(string point, string secret)
    {
        var q = Base64Url.DecodeFromChars(point);
        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = q[1..33], Y = q[33..] },
            D = Base64Url.DecodeFromChars(secret),
        });
    }
}
